"""One function for each thing that can be done to the job log; each only describes its command.

`JobLog.run` and `AsyncJobLog.run` send what is described here, so both faces know the same words.
"""

from collections.abc import Sequence
from functools import partial

from shared.events import CheckpointEvent, DoneEvent, ErrorEvent, LogEvent, TerminalEvent
from shared.joblog import damages, followers, keys, measures, parsing
from shared.joblog.command import Command
from shared.joblog.records import Cancellation, Claim, Job, LogEntry, Reaped, Verdict
from shared.joblog.scripts import transition
from shared.jobspec import JobSpec
from shared.operations import WorkerInfo
from shared.schemas import JobStatus, Priority

RETENTION_SECONDS = 7 * 24 * 3600
LEASE_MS = 2_000
"""With a heartbeat every 0.6 s; a dead worker's stories go on elsewhere within five seconds."""
REAPED_AT_ONCE = 100
WORKER_EXPIRY_MS = 15_000
"""Long enough that the restart of an only worker does not read as "no worker serves this model"."""


def submit(
    job_id: str,
    spec: JobSpec,
    *,
    model: str,
    priority: Priority,
    tenant: str,
    payer: str | None = None,
    traceparent: str = "",
    lost_age_seconds: float | None = None,
    damaged: str = "",
) -> Command[bool]:
    """Queue an accepted job. False if the id is taken.

    `payer`: whom its tokens are charged to, if not its tenant. `lost_age_seconds`: of a job that
    Redis has lost, the time since it was accepted. `damaged`: what `read_damage` answered of the
    record that it replaces.
    """
    deadline, age = spec.request.deadline_seconds, lost_age_seconds
    grace = followers.GRACE_SECONDS if spec.request.cancel_on_disconnect else None
    queue, index = keys.waiting(model, priority), keys.tenant_jobs(tenant)
    about = [job_id, spec.model_dump_json(), model, priority, tenant]
    times = ["" if seconds is None else seconds for seconds in (deadline, age, grace)]
    watched = [keys.DEADLINES, keys.NEED_FOLLOWER]
    return transition(
        "submit",
        [keys.job(job_id), queue, keys.SEQUENCE, index, *watched, keys.log(job_id), keys.ENDED],
        [
            *about,
            spec.most_tokens,
            traceparent,
            *times,
            payer or tenant,
            damaged,
            *damages.BOUND,
            RETENTION_SECONDS,
        ],
        bool,
    )


def claim(
    model: str, worker: str, *, numeric_kind: str, lease_ms: int = LEASE_MS
) -> Command[Claim | None]:
    """Take the job whose turn it is; None if none waits."""
    queues = [keys.waiting(model, priority) for priority in Priority]
    return transition(
        "claim",
        [*queues, keys.run(model), keys.statistics(model), keys.LEASES, keys.kinds(model)],
        [worker, model, lease_ms, numeric_kind],
        parsing.claim,
    )


def append(
    job_id: str,
    epoch: int,
    *events: LogEvent,
    model: str,
    prompt_tokens: int = 0,
) -> Command[Verdict]:
    """Add tokens to the log, all or none, and publish them; the record learns how long the prompt
    is. A checkpoint stands behind its token.
    """
    words: list[str | int] = []
    tokens = 0
    for event in events:
        if isinstance(event, CheckpointEvent):
            words[-1] = event.model_dump_json()
        else:
            words += (event.index, event.line(), "")
            tokens += len(event.ids)
    return transition(
        "append",
        [keys.job(job_id), keys.log(job_id), keys.first_tokens(model), keys.estimates(model)],
        [epoch, words[-3], tokens, prompt_tokens, measures.FIRST_TOKENS_KEPT, *words],
        Verdict,
    )


def finish(
    job_id: str, epoch: int, status: JobStatus, ending: TerminalEvent, *, model: str
) -> Command[Verdict]:
    """End a job as its owner; one that is done only if the log has all of it."""
    whole = ending.usage.completion_tokens if isinstance(ending, DoneEvent) else ""
    statistics = keys.statistics(model)
    return transition(
        "finish",
        [keys.job(job_id), keys.log(job_id), keys.LEASES, keys.ENDED, statistics],
        [epoch, status, ending.model_dump_json(), RETENTION_SECONDS, job_id, whole],
        Verdict,
    )


def release(job_id: str, epoch: int) -> Command[bool]:
    """Give a job back to its place in the queue. False if it is not the caller's."""
    return transition("release", [keys.job(job_id), keys.LEASES], [epoch, job_id], bool)


def condemn(job_id: str, epoch: int) -> Command[bool]:
    """Give up a record whose log is damaged, so that the job is written anew.

    False if the record is another one by now.
    """
    return transition("condemn", [keys.job(job_id), keys.LEASES], [job_id, epoch], bool)


def cancel(job_id: str, ending: TerminalEvent) -> Command[Cancellation]:
    """End a job at its owner's wish; idempotent."""
    return transition(
        "cancel",
        [keys.job(job_id), keys.log(job_id), keys.LEASES, keys.ENDED],
        [job_id, ending.model_dump_json(), RETENTION_SECONDS],
        Cancellation,
    )


def reap(ending: ErrorEvent, *, max_lost_owners: int = 5) -> Command[list[Reaped]]:
    """Re-queue jobs whose lease ran out.

    A job that lost `max_lost_owners` in a row, none of which wrote a token, fails with `ending`.
    """
    return transition(
        "reap",
        [keys.LEASES, keys.ENDED],
        [REAPED_AT_ONCE, max_lost_owners, ending.model_dump_json(), RETENTION_SECONDS],
        parsing.reaped,
    )


def heartbeat(
    info: WorkerInfo,
    owned: Sequence[tuple[str, int]],
    *,
    quantum: int = 0,
    pace: float = 0.0,
    lease_ms: int = LEASE_MS,
) -> Command[list[tuple[str, int]]]:
    """Register a worker and renew its leases, given as (job id, epoch); answers the lost ones.

    `quantum`: after how many tokens it lets others have a story's slot; 0 is never. `pace`: tokens
    a second of a slot while the others are in use, too; 0 if that was not measured since.
    """
    kinds, handing_on = keys.kinds(info.model), keys.quantum(info.model)
    return transition(
        "heartbeat",
        [
            *(keys.LEASES, keys.WORKERS, keys.WORKERS_EXPIRY),
            *(kinds, handing_on, keys.statistics(info.model)),
        ],
        [
            info.id,
            info.model_dump_json(),
            lease_ms,
            WORKER_EXPIRY_MS,
            info.numeric_kind,
            quantum or "",
            pace or "",
            *(word for pair in owned for word in pair),
        ],
        parsing.owned,
    )


def retire(worker: str) -> Command[int]:
    """Take a leaving worker off the list at once."""
    return transition("retire", [keys.WORKERS, keys.WORKERS_EXPIRY], [worker], int)


def workers(*, heard_of_within_ms: int = WORKER_EXPIRY_MS) -> Command[list[WorkerInfo]]:
    left = WORKER_EXPIRY_MS - heard_of_within_ms
    return transition("workers", [keys.WORKERS, keys.WORKERS_EXPIRY], [left], parsing.workers)


def read_job(job_id: str) -> Command[Job | None]:
    return Command(("HGETALL", keys.job(job_id)), parsing.job)


def read_damage(job_id: str) -> Command[str]:
    """What tells a record that cannot be read from the one that replaces it."""
    return Command(("HGETALL", keys.job(job_id)), parsing.damage)


def read_status(job_id: str) -> Command[JobStatus | None]:
    return Command(("HGET", keys.job(job_id), "status"), parsing.status)


def read_log(job_id: str, *, after: int = 0, limit: int = 1_000) -> Command[list[LogEntry]]:
    """Entries behind the cursor `after`, oldest first, without a hole; else it raises
    DamagedRecordError.
    """
    words = ("XRANGE", keys.log(job_id), f"{after + 1}-0", "+", "COUNT", limit)
    return Command(words, partial(parsing.entries, after=after))


def log_reaches(job_id: str, count: int) -> Command[bool]:
    """Whether the log holds as many tokens as its record says."""
    return Command(("XRANGE", keys.log(job_id), f"{count}-0", "+", "COUNT", 1), bool)


def waiting_count(model: str, priority: Priority) -> Command[int]:
    return Command(("ZCARD", keys.waiting(model, priority)), int)


def running_count() -> Command[int]:
    """Jobs under a lease, over all models."""
    return Command(("ZCARD", keys.LEASES), int)


def tenant_jobs(tenant: str, *, before: int | None, limit: int) -> Command[list[str]]:
    """Ids of a tenant's jobs, newest first, older than sequence number `before`."""
    newest = "+inf" if before is None else f"({before}"
    return Command(
        ("ZREVRANGEBYSCORE", keys.tenant_jobs(tenant), newest, "-inf", "LIMIT", 0, limit), list
    )


def ping() -> Command[bool]:
    return Command(("PING",), bool)
