"""Where jobs stand in the queue and how long they will wait. Knows no HTTP.

A story is expected to use as large a share of its token budget as the finished ones of about that
budget did on average, and all of it while there are none. All slots write at an equal part of the
workers' rate; whenever one comes free, the next job that waits has it. So a job begins once enough
of the running stories, and of those before it, have ended. The spread comes from how far the shares
lie apart, and is wide while few are known. What this leaves out, `calibration` measures.
"""

import heapq
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
SETTLED = 10
"""Stories of a slot after which each round of all the slots takes as long as the one before."""


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
    """Seconds until a job that stands there has a slot; None while nothing is measured."""
    rate = _rate(workers, statistics)
    if statistics.stories == 0 or rate <= 0:
        return None
    slots = sum(worker.slots for worker in workers)
    free = max(0, slots - running)
    if standing.position < free:
        return Eta(p50=0.0, p90=0.0)
    p50 = _tokens_before(standing, slots=slots, free=free) * slots / rate
    return Eta(p50=p50, p90=p50 * (1 + Z90 * _variation(statistics, standing.position)))


def _rate(workers: Sequence[WorkerInfo], statistics: Statistics) -> float:
    """Tokens a second, as they write while jobs wait: a worker with one story is far slower."""
    if statistics.pace:
        return statistics.pace * sum(worker.slots for worker in workers)
    return sum(worker.tokens_per_second for worker in workers)


def _tokens_before(standing: Standing, *, slots: int, free: int) -> float:
    """What each slot writes until the job has one, if all that go before write equally much."""
    each = standing.tokens / standing.position if standing.position else 0.0
    busy = slots - free
    begun = [float(left) for left in sorted(standing.left)[:busy]] or [0.0] * busy
    # Of very many that run only some are known: they stand for all.
    known = len(begun) / busy if busy else 1.0
    ends = [0.0] * round(free * known) + begun
    jobs = round(standing.position * known)
    rounds = max(0, jobs // len(ends) - SETTLED)
    heapq.heapify(ends)
    for _ in range(jobs - rounds * len(ends)):
        heapq.heapreplace(ends, ends[0] + each)
    return ends[0] + rounds * each


def _variation(statistics: Statistics, stories: int) -> float:
    """The deviation of what so many stories write together, relative to it.

    Lengths of independent stories add up as squares; that their mean is known from some only adds
    to all of them. As if two more were known, one that used nothing of its budget and one all.
    """
    sized = statistics.sized
    mean = statistics.shares / sized / 1000 if sized else 0.5
    squares = statistics.shares_squared / 1e6 - sized * mean**2
    variance = (max(0.0, squares) + 2 * 0.5**2) / (sized + 2)
    return math.sqrt(variance * (1 / (stories + 1) + 1 / (sized + 2))) / max(mean, 0.01)


def time_to_end(ahead: int, workers: Sequence[WorkerInfo], statistics: Statistics) -> Eta | None:
    """Seconds until so many stories have ended; None while nothing is measured.

    The lengths of k independent stories add up to mean k·μ and standard deviation √k·σ tokens,
    written at the workers' rate.
    """
    rate = _rate(workers, statistics)
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
    before, rate = standing.position + running, _rate(workers, statistics)
    told = foretold(raw, outcomes, before=before, rate=rate)
    return Place(standing.position, told)


async def foretell(
    joblog: AsyncJobLog,
    job_id: str,
    payer: str,
    *,
    model: str,
    priority: Priority,
    most_tokens: int,
) -> None:
    """Keep when a job that waits will begin, as it stands now, to learn how that holds."""
    standing = await joblog.run(
        turns.standing(job_id, payer, model=model, priority=priority, most_tokens=most_tokens)
    )
    if standing is None:
        return
    place = await place_at(joblog, model, standing)
    if place.foretold is not None:
        await joblog.run(measures.foretell(job_id, place.foretold))


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
