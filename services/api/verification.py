"""A story told again from its receipt, and compared token by token. Knows no HTTP."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from services.api.admission.callers import Caller
from services.api.archive import Archive
from services.api.db.models import ArchivedJob
from services.api.jobs import Jobs
from services.api.places import workers_of
from services.api.replay import OWN_ENDS, Record
from shared.errors import (
    GenerationFailedError,
    ModelUnavailableError,
    UnverifiableError,
    VerificationSlowError,
)
from shared.jobs import Receipt, Verification
from shared.jobspec import JobSpec
from shared.refusals import ServerStoppingError


@dataclass(frozen=True, slots=True)
class Verifier:
    jobs: Jobs
    archive: Archive

    async def verify(
        self, job_id: str, *, caller: Caller, seconds: float, gone: Callable[[], Awaitable[bool]]
    ) -> Verification:
        """The retelling is a job of the caller's like any other.

        Raises UnknownJobError, UnfinishedError, EventsGoneError, UnverifiableError,
        ModelUnavailableError, VerificationSlowError, ServerStoppingError, and what keeps a job from
        being accepted.
        """
        await self.jobs.view(job_id, tenant=caller.tenant)  # so that a damaged one waits again
        job = await self.archive.ended(job_id, tenant=caller.tenant)
        if job.receipt is None:
            raise UnverifiableError("Only a story that came to its end has a receipt.")
        told = await self.archive.record(job_id, tenant=caller.tenant)
        await self._require_model(job.model, job.receipt)
        again = await self.jobs.accept(_spec(job, job.receipt), caller=caller, model=job.model)
        view = await self.jobs.wait_for_end(again, tenant=caller.tenant, seconds=seconds, gone=gone)
        if not view.status.is_terminal:
            await self.jobs.cancel(again, tenant=caller.tenant)
            if self.jobs.hub.closed:
                raise ServerStoppingError("It was not told again to its end; ask once more.")
            raise VerificationSlowError(f"It was not told again within {seconds:g} seconds.")
        if view.receipt is None:
            raise GenerationFailedError("It could not be told again: see the job that tried.")
        await self.archive.ended(again, tenant=caller.tenant)
        retold = await self.archive.record(again, tenant=caller.tenant)
        is_whole = job.finish_reason in OWN_ENDS
        difference = first_difference(_ids(told), _ids(retold), is_whole=is_whole)
        return Verification(
            is_identical=difference is None,
            first_difference=difference,
            tokens=told.count,
            told=job.receipt,
            retold=view.receipt,
            retold_by=again,
        )

    async def _require_model(self, model: str, receipt: Receipt) -> None:
        workers = await workers_of(self.jobs.joblog, model)
        if not any(worker.model_sha256 == receipt.model_sha256 for worker in workers):
            raise ModelUnavailableError(
                f"No live worker has the very model {model!r} that told this story."
            )


def first_difference(told: Sequence[int], retold: Sequence[int], *, is_whole: bool) -> int | None:
    """Index, from 1, of the first token that differs; what was cut off is its beginning's match."""
    if not is_whole:
        retold = retold[: len(told)]
    pairs = enumerate(zip_longest(told, retold), start=1)
    return next((index for index, (one, other) in pairs if one != other), None)


def _spec(job: ArchivedJob, receipt: Receipt) -> JobSpec:
    """As the story was accepted, but for its deadline: it is told to its end."""
    request = job.request.model_copy(update={"deadline_seconds": None})
    return JobSpec(
        prompt=job.prompt,
        template_version=receipt.template_version,
        sampling=request.sampling,
        token_budget=request.controls.length.token_budget,
        seed=job.seed,
        request=request,
    )


def _ids(record: Record) -> list[int]:
    return [token for entry in record.entries for token in entry.token.ids]
