"""Where jobs stand in the queue and how long they will wait. Knows no HTTP."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from shared.joblog import AsyncJobLog, Job, Statistics, commands, measures
from shared.jobs import Eta
from shared.operations import WorkerInfo
from shared.schemas import JobStatus, Priority

Z90 = 1.2816
"""90 % of a normal distribution lies below mean + Z90 standard deviations."""


@dataclass(frozen=True, slots=True)
class Place:
    position: int
    """Jobs that are taken up before this one."""
    eta: Eta | None


def estimate(position: int, workers: Sequence[WorkerInfo], statistics: Statistics) -> Eta | None:
    """Seconds until the job behind `position` others starts; None while nothing is measured.

    It starts once k others have ended, k = position + 1 − free slots.
    """
    free = sum(max(0, worker.slots - worker.running) for worker in workers)
    return time_to_end(max(0, position + 1 - free), workers, statistics)


def time_to_end(ahead: int, workers: Sequence[WorkerInfo], statistics: Statistics) -> Eta | None:
    """Seconds until so many stories have ended; None while nothing is measured.

    The lengths of k independent stories add up to mean k·μ and standard deviation √k·σ tokens,
    written at the workers' rate.
    """
    rate = sum(worker.tokens_per_second for worker in workers)
    if statistics.stories == 0 or rate <= 0:
        return None
    mean = statistics.tokens / statistics.stories
    variance = max(0.0, statistics.tokens_squared / statistics.stories - mean**2)
    p50 = ahead * mean / rate
    spread = Z90 * math.sqrt(ahead * variance) / rate
    return Eta(p50=round(p50, 3), p90=round(p50 + spread, 3))


async def position_of(joblog: AsyncJobLog, job: Job) -> int | None:
    """Jobs before this one; None once it no longer waits."""
    rank = await joblog.run(commands.position(job.id, model=job.model, priority=job.priority))
    if rank is None or job.priority is Priority.INTERACTIVE:
        return rank
    return rank + await joblog.run(commands.waiting_count(job.model, Priority.INTERACTIVE))


async def place_of_next(joblog: AsyncJobLog, model: str, priority: Priority) -> Place:
    """Where a job that is accepted now would stand."""
    before = list(Priority) if priority is Priority.BATCH else [priority]
    waiting = await joblog.run_all([commands.waiting_count(model, each) for each in before])
    return Place(sum(waiting), await eta_at(joblog, model, sum(waiting)))


async def eta_at(joblog: AsyncJobLog, model: str, position: int) -> Eta | None:
    workers = await workers_of(joblog, model)
    return estimate(position, workers, await joblog.run(measures.statistics(model)))


async def place_of(joblog: AsyncJobLog, job: Job) -> Place | None:
    """None for a job that does not wait."""
    if job.status is not JobStatus.QUEUED:
        return None
    position = await position_of(joblog, job)
    if position is None:
        return None
    return Place(position, await eta_at(joblog, job.model, position))


async def workers_of(joblog: AsyncJobLog, model: str) -> list[WorkerInfo]:
    """Live workers that serve the model."""
    return [worker for worker in await joblog.run(commands.workers()) if worker.model == model]
