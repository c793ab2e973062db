"""What tests of whose turn it is do: flood, write, drain, hand a slot on."""

from collections.abc import Sequence

from shared.joblog import Claim, Command, JobLog, commands, keys, parsing, turns
from shared.operations import WorkerInfo
from shared.schemas import JobStatus, Priority
from tests.unit.api.acting import done
from tests.unit.shared.joblog_acts import (
    MODEL,
    submit,
    token,
)

TOKENS = 16
QUEUE = keys.waiting(MODEL, Priority.INTERACTIVE)


def flood(
    joblog: JobLog, payer: str, count: int, priority: Priority = Priority.INTERACTIVE
) -> None:
    for number in range(count):
        assert submit(joblog, f"{payer}-{number}", priority, payer=payer)


def write(joblog: JobLog, owner: Claim, tokens: int, *, prompt: int = 0) -> None:
    job = joblog.run(commands.read_job(owner.job_id))
    assert job is not None
    for index in range(job.count + 1, job.count + tokens + 1):
        joblog.run(
            commands.append(
                owner.job_id, owner.epoch, token(index), model=MODEL, prompt_tokens=prompt
            )
        )


def finish(joblog: JobLog, owner: Claim, tokens: int, *, prompt: int = 0) -> None:
    """Write it to its end."""
    write(joblog, owner, tokens, prompt=prompt)
    joblog.run(
        commands.finish(
            owner.job_id, owner.epoch, JobStatus.SUCCEEDED, done("", tokens), model=MODEL
        )
    )


def drain(joblog: JobLog, *, tokens: int = TOKENS, at_once: int = 1) -> list[str]:
    """Take up and write all that wait, so many at a time; answers them in their order."""
    order: list[str] = []
    while True:
        claims = joblog.run_all([commands.claim(MODEL, "w", numeric_kind="k")] * at_once)
        owners = [each for each in claims if each is not None]
        if not owners:
            return order
        for owner in owners:
            order.append(owner.job_id)
            finish(joblog, owner, tokens)


def payers_of(job_ids: Sequence[str]) -> list[str]:
    return [job_id.partition("-")[0] for job_id in job_ids]


def yield_slot(
    joblog: JobLog,
    owner: Claim,
    priority: Priority = Priority.INTERACTIVE,
    *,
    quantum: int = 128,
) -> Claim | None:
    answer = joblog.run(
        turns.yield_slot(
            owner.job_id,
            owner.epoch,
            model=MODEL,
            priority=priority,
            worker="w1",
            numeric_kind="cpu",
            quantum=quantum,
        )
    )
    return parsing.claim(answer)


def served(joblog: JobLog, payer: str) -> float | None:
    """What is remembered of one who waits for nothing."""
    score: str | None = joblog.run(
        Command(("ZSCORE", f"{QUEUE}:served", payer), lambda score: score)
    )
    return None if score is None else float(score)


def position(
    joblog: JobLog, job_id: str, payer: str, priority: Priority = Priority.INTERACTIVE
) -> int | None:
    standing = joblog.run(
        turns.standing(job_id, payer, model=MODEL, priority=priority, most_tokens=TOKENS)
    )
    return None if standing is None else standing.position


def worker(kind: str) -> WorkerInfo:
    return WorkerInfo(
        id=kind,
        model=MODEL,
        model_sha256="aa",
        numeric_kind=kind,
        context_length=64,
        slots=1,
        running=0,
        tokens_per_second=0.0,
    )
