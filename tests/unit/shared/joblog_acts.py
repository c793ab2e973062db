"""What tests of the job log do: submit, claim, append, lose a lease."""

import redis

from shared.errors import ErrorCode
from shared.events import CancelledEvent, ErrorEvent, TokenEvent
from shared.joblog import Cancellation, Claim, JobLog, Verdict, commands, keys
from shared.jobspec import JobSpec
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, JobStatus, Priority
from tests.processes import wait_until

MODEL = "tiny"
LOST = ErrorEvent(code=ErrorCode.TOO_MANY_ATTEMPTS, detail="lost too often")


def spec(seed: int = 7, *, tokens: int = 16) -> JobSpec:
    request = GenerateRequest(story_seed="A fox — 狐")
    return JobSpec(
        prompt="p",
        template_version="1",
        sampling=SamplingParams(),
        token_budget=tokens,
        seed=seed,
        request=request,
    )


def submit(
    joblog: JobLog,
    job_id: str,
    priority: Priority = Priority.INTERACTIVE,
    *,
    payer: str = "anna",
    tokens: int = 16,
) -> bool:
    return joblog.run(
        commands.submit(
            job_id,
            spec(tokens=tokens),
            model=MODEL,
            priority=priority,
            tenant="anna",
            payer=payer,
        )
    )


def claim(joblog: JobLog, worker: str = "w1", lease_ms: int = 60_000, kind: str = "cpu") -> Claim:
    claimed = joblog.run(commands.claim(MODEL, worker, numeric_kind=kind, lease_ms=lease_ms))
    assert claimed is not None
    return claimed


def token(index: int, text: str = "x") -> TokenEvent:
    return TokenEvent(index=index, text=text, ids=[index + 100])


def append(joblog: JobLog, owner: Claim, index: int) -> Verdict:
    return joblog.run(commands.append(owner.job_id, owner.epoch, token(index), model=MODEL))


def status(joblog: JobLog, job_id: str) -> JobStatus:
    job = joblog.run(commands.read_job(job_id))
    assert job is not None
    return job.status


def cancel(joblog: JobLog, job_id: str) -> Cancellation:
    return joblog.run(commands.cancel(job_id, CancelledEvent()))


def told_ended(client: "redis.Redis") -> list[str]:
    """The jobs of which the archive is told, in order."""
    entries: list[tuple[str, dict[str, str]]] = client.xrange(keys.ENDED)  # type: ignore[assignment]
    return [fields["id"] for _, fields in entries]


def expire_lease(joblog: JobLog, owner: Claim) -> None:
    """Wait until Redis itself says that a 1 ms lease has run out, then reap."""
    wait_until(
        lambda: bool(joblog.run(commands.reap(LOST))), seconds=5, what=f"{owner.job_id} reaped"
    )
