"""Where jobs stand in the queue and how long they will wait. Knows no HTTP.

A story is expected to use as large a share of its token budget as the finished ones of about that
budget did on average, and all of it while there are none. All slots write at the pace that they had
on average while all were in use; whenever one comes free, the next job that waits has it. So a job
begins once enough of the running stories, and of those before it, have ended. The spread comes from
how far shares lie apart, and from how far a pace usually swings, the first one most. What this
leaves out, `calibration` measures.
"""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from services.api.calibration import Z90, foretold
from shared.joblog import (
    AsyncJobLog,
    Command,
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

PACE_DEVIATION = math.log(1.8) / Z90
"""Of its logarithm, as assumed: nine of ten waits are less than 1.8 times slower than the last
seconds. In 30 rushes beside other work it was 2.0; what this lacks, `calibration` learns. Measured
of single seconds it says too much, since it swings within a wait, too."""
TRIAL_DEVIATION = math.log(2.5) / Z90
"""Of the first pace, which a worker has tried while nobody asked anything of the machine. Assumed:
in six first rushes it was 0.7 to 5 times what came then."""
SETTLED = 10
"""Stories of a slot after which each round of all the slots takes as long as the one before."""


@dataclass(frozen=True, slots=True)
class Place:
    position: int
    """Jobs that are taken up before this one."""
    served: bool
    """Whether a live worker serves its model."""
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
    slots = _slots(workers)
    if not _is_measured(slots, statistics):
        return None
    free = max(0, slots - running)
    if standing.position < free:
        return Eta(p50=0.0, p90=0.0)
    tokens = _tokens_before(standing, slots=slots, free=free)
    return _interval(tokens, standing.position + 1, statistics)


def time_to_end(
    stories: int, standing: Standing, workers: Sequence[WorkerInfo], statistics: Statistics
) -> Eta | None:
    """Seconds until so many of those that run, and come before it, have ended.

    None while nothing is measured.
    """
    slots = _slots(workers)
    if not _is_measured(slots, statistics):
        return None
    each = _tokens_each(standing)
    ends = [float(left) for left in standing.left] or [each] * slots
    heapq.heapify(ends)
    for _ in range(stories - 1 if each else 0):
        heapq.heapreplace(ends, ends[0] + each)
    last = ends[0] if each else heapq.nsmallest(stories, ends)[-1]
    return _interval(last, stories, statistics)


def _slots(workers: Sequence[WorkerInfo]) -> int:
    return sum(worker.slots for worker in workers)


def _is_measured(slots: int, statistics: Statistics) -> bool:
    return slots > 0 and statistics.stories > 0 and statistics.pace > 0


def _tokens_each(standing: Standing) -> float:
    return standing.tokens / standing.position if standing.position else 0.0


def _tokens_before(standing: Standing, *, slots: int, free: int) -> float:
    """What each slot writes until the job has one, if all that go before write equally much."""
    each = _tokens_each(standing)
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


def _interval(tokens: float, stories: int, statistics: Statistics) -> Eta:
    """Of the seconds in which a slot writes so much, if so many stories end before."""
    p50 = tokens / statistics.pace
    # As logarithms of a log-normal distribution: no sum of lengths is below nothing.
    lengths = math.sqrt(math.log1p(_variation(statistics, stories) ** 2))
    # A long wait is not surer: what slows workers down stays for minutes.
    trial = TRIAL_DEVIATION / max(1, statistics.paces)  # as far as it is part of the mean
    spread = math.hypot(lengths, PACE_DEVIATION, trial)
    return Eta(p50=p50, p90=p50 * math.exp(Z90 * spread))


def _variation(statistics: Statistics, stories: int) -> float:
    """The deviation of what so many stories write together, relative to it.

    Lengths of independent stories add up as squares; that their mean is known from some only adds
    to all of them. As if two more were known, one that used nothing of its budget and one all.
    """
    sized = statistics.sized
    mean = statistics.shares / sized / 1000 if sized else 0.5
    squares = statistics.shares_squared / 1e6 - sized * mean**2
    variance = (max(0.0, squares) + 2 * 0.5**2) / (sized + 2)
    return math.sqrt(variance * (1 / stories + 1 / (sized + 2))) / max(mean, 0.01)


async def standing_of(joblog: AsyncJobLog, job: Job) -> Standing | None:
    """None once it no longer waits."""
    return await joblog.run(_standing(job))


def _standing(job: Job) -> Command[Standing | None]:
    most_tokens = job.spec.most_tokens
    return turns.standing(
        job.id, job.payer, model=job.model, priority=job.priority, most_tokens=most_tokens
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
    return _place(model, standing, await joblog.run_all(_surroundings(model)))


def _surroundings(model: str) -> list[Command[Any]]:
    """What an estimate is made of beside a standing: for one round trip."""
    return [
        commands.workers(heard_of_within_ms=commands.LEASE_MS),
        commands.workers(),
        commands.running_count(),
        measures.statistics(model),
        measures.estimates(model),
        measures.first_tokens(model),
    ]


def _place(model: str, standing: Standing, seen: Sequence[Any]) -> Place:
    lately, alive, running, statistics, outcomes, firsts = seen
    everybody = _heard_of(lately, alive, model)
    workers = [worker for worker in everybody if worker.model == model]
    # Registrations are some tenths of a second old, leases are not: some may have ended by these.
    elsewhere = sum(worker.running for worker in everybody if worker.model != model)
    running = max(len(standing.left), running - elsewhere)
    raw = estimate(standing, workers, statistics, running=running)
    before, fastest = standing.position + running, min(firsts, default=0.0)
    told = None if raw is None else foretold(raw, outcomes, before=before, fastest=fastest)
    return Place(standing.position, served=bool(workers), foretold=told)


async def until_ended(joblog: AsyncJobLog, model: str, stories: int) -> Eta | None:
    """Seconds until so many of those under way have ended; None while nothing is measured."""
    asked: list[Command[Any]] = [turns.ends(model), *_surroundings(model)]
    standing, lately, alive, _, statistics, outcomes, firsts = await joblog.run_all(asked)
    assert standing is not None, "one that would come now always has a place"
    workers = [each for each in _heard_of(lately, alive, model) if each.model == model]
    raw = time_to_end(stories, standing, workers, statistics)
    if raw is None:
        return None
    told = foretold(raw, outcomes, before=stories, fastest=min(firsts, default=0.0))
    return Eta(p50=told.p50, p90=told.p90)


def _heard_of(
    lately: Sequence[WorkerInfo], alive: Sequence[WorkerInfo], model: str
) -> Sequence[WorkerInfo]:
    """Without those that have missed so many heartbeats that their stories go to others.

    Unless no other serves the model: then they are most likely late, or are being restarted.
    """
    return lately if any(worker.model == model for worker in lately) else alive


def asked_to_foretell(
    job_id: str, payer: str, *, model: str, priority: Priority, most_tokens: int
) -> list[Command[Any]]:
    """What `foretell` needs the answers to, of a job that waits, as it stands now."""
    return [
        turns.standing(job_id, payer, model=model, priority=priority, most_tokens=most_tokens),
        *_surroundings(model),
    ]


def foretell(job_id: str, model: str, answers: Sequence[Any]) -> Command[bool] | None:
    """The command that keeps when the job will begin, to learn how that holds."""
    standing, *seen = answers
    if standing is None:
        return None
    told = _place(model, standing, seen).foretold
    return None if told is None else measures.foretell(job_id, told)


async def place_of(joblog: AsyncJobLog, job: Job) -> Place | None:
    """None for a job that does not wait."""
    if job.status is not JobStatus.QUEUED:
        return None
    asked: list[Command[Any]] = [_standing(job), *_surroundings(job.model)]
    standing, *seen = await joblog.run_all(asked)
    return None if standing is None else _place(job.model, standing, seen)


async def workers_of(joblog: AsyncJobLog, model: str) -> list[WorkerInfo]:
    """Live workers that serve the model."""
    return [worker for worker in await joblog.run(commands.workers()) if worker.model == model]
