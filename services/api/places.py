"""Where jobs stand in the queue and how long they will wait. Knows no HTTP."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.api.calibration import foretold
from shared.joblog import (
    AsyncJobLog,
    Foretold,
    Job,
    Standing,
    Statistics,
    commands,
    measures,
    turns,
)
from shared.jobs import Eta
from shared.operations import WorkerInfo
from shared.schemas import JobStatus, Priority

Z90 = 1.2816
"""90 % of a normal distribution lies below mean + Z90 standard deviations."""


@dataclass(frozen=True, slots=True)
class Place:
    position: int
    """Jobs that are taken up before this one."""
    foretold: Foretold | None
    """None while nothing is measured."""

    @property
    def eta(self) -> Eta | None:
        told = self.foretold
        return None if told is None else Eta(p50=round(told.p50, 3), p90=round(told.p90, 3))


def estimate(
    standing: Standing, workers: Sequence[WorkerInfo], statistics: Statistics, *, running: int
) -> Eta | None:
    """Seconds until a job that stands there has a slot; None while nothing is measured.

    Those before it write so many tokens, at the workers' rate. Then it waits for the first of the
    slots in use whose story comes to the end of its turn; as they are under way independently, none
    of n has come there by t with probability (1 - t / longest)^n.
    """
    rate = sum(worker.tokens_per_second for worker in workers)
    if statistics.stories == 0 or rate <= 0:
        return None
    slots = sum(worker.slots for worker in workers)
    free = max(0, slots - running)
    if standing.position < free:
        return Eta(p50=0.0, p90=0.0)
    share = (standing.position - free) / standing.position if standing.position else 0.0
    tokens = share * standing.tokens
    longest = slots * standing.turn / rate
    turn50, turn90 = (longest * (1 - (1 - chance) ** (1 / slots)) for chance in (0.5, 0.9))
    mean = _mean(statistics)
    spread = Z90 * math.sqrt(tokens / mean * _variance(statistics)) / rate
    p50 = tokens / rate + turn50
    return Eta(p50=p50, p90=p50 + math.hypot(spread, turn90 - turn50))


def time_to_end(ahead: int, workers: Sequence[WorkerInfo], statistics: Statistics) -> Eta | None:
    """Seconds until so many stories have ended; None while nothing is measured.

    The lengths of k independent stories add up to mean k·μ and standard deviation √k·σ tokens,
    written at the workers' rate.
    """
    rate = sum(worker.tokens_per_second for worker in workers)
    if statistics.stories == 0 or rate <= 0:
        return None
    p50 = ahead * _mean(statistics) / rate
    spread = Z90 * math.sqrt(ahead * _variance(statistics)) / rate
    return Eta(p50=round(p50, 3), p90=round(p50 + spread, 3))


async def standing_of(joblog: AsyncJobLog, job: Job) -> Standing | None:
    """None once it no longer waits."""
    return await joblog.run(
        turns.standing(
            job.id,
            job.payer,
            model=job.model,
            priority=job.priority,
            most_tokens=job.spec.most_tokens,
        )
    )


async def place_of_next(
    joblog: AsyncJobLog, model: str, priority: Priority, *, payer: str, most_tokens: int
) -> Place:
    """Where a job that is accepted now would stand."""
    standing = await joblog.run(
        turns.standing_of_next(payer, model=model, priority=priority, most_tokens=most_tokens)
    )
    assert standing is not None, "one that would come now always has a place"
    return await place_at(joblog, model, standing)


async def place_at(joblog: AsyncJobLog, model: str, standing: Standing) -> Place:
    everybody = await joblog.run(commands.workers())
    workers = [worker for worker in everybody if worker.model == model]
    # Registrations are some tenths of a second old, leases are not.
    elsewhere = sum(worker.running for worker in everybody if worker.model != model)
    running = await joblog.run(commands.running_count()) - elsewhere
    statistics = await joblog.run(measures.statistics(model))
    raw = estimate(standing, workers, statistics, running=running)
    if raw is None:
        return Place(standing.position, None)
    outcomes = await joblog.run(measures.estimates(model))
    return Place(standing.position, foretold(raw, outcomes))


async def place_of(joblog: AsyncJobLog, job: Job) -> Place | None:
    """None for a job that does not wait."""
    if job.status is not JobStatus.QUEUED:
        return None
    standing = await standing_of(joblog, job)
    return None if standing is None else await place_at(joblog, job.model, standing)


async def workers_of(joblog: AsyncJobLog, model: str) -> list[WorkerInfo]:
    """Live workers that serve the model."""
    return [worker for worker in await joblog.run(commands.workers()) if worker.model == model]


def _mean(statistics: Statistics) -> float:
    return statistics.tokens / statistics.stories


def _variance(statistics: Statistics) -> float:
    return max(0.0, statistics.tokens_squared / statistics.stories - _mean(statistics) ** 2)
