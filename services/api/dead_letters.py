"""Failed stories: seen, and asked for once more. Knows no HTTP."""

from dataclasses import dataclass

from services.api.acceptance import job_spec
from services.api.admission.callers import Caller, Scope
from services.api.cursors import decode_moment, encode_moment
from services.api.db import dead_letters
from services.api.db.archived_jobs import archived_view
from services.api.db.database import Database
from services.api.db.models import ArchivedJob
from services.api.idempotency import Ticket
from services.api.jobs import Jobs
from shared.dead_letters import DeadLetter, DeadLetterPage
from shared.errors import UnknownJobError
from shared.jobs import JobView
from shared.jobspec import JobSpec


@dataclass(frozen=True, slots=True)
class DeadLetters:
    jobs: Jobs
    database: Database

    async def page(self, *, cursor: str | None, limit: int) -> DeadLetterPage:
        """Everybody's."""
        after = None if cursor is None else decode_moment(cursor)
        async with self.database.reading() as session:
            found = await dead_letters.page(session, after=after, limit=limit + 1)
        letters = [DeadLetter(tenant=job.tenant, job=archived_view(job)) for job in found[:limit]]
        more = len(found) > limit
        last = found[limit - 1] if more else None
        return DeadLetterPage(
            dead_letters=letters,
            next_cursor=encode_moment(last.created_at, last.id) if last else None,
        )

    async def replay(self, job_id: str, *, caller: Caller) -> JobView:
        """Accept a job for the same story, with the same seed, for whom it was told the first time.

        The failed job keeps its end. Replayed again it is answered with the job that it has become.
        Raises UnknownJobError, and what keeps a job from being accepted.
        """
        async with self.database.reading() as session:
            failed = await dead_letters.find(session, job_id)
        if failed is None:
            raise UnknownJobError("No job with this id has failed.")
        again = failed.replayed_by or await self._accept(failed, caller)
        return await self.jobs.first_view(again, tenant=failed.tenant)

    async def _accept(self, failed: ArchivedJob, caller: Caller) -> str:
        # No caller can give a request such a name: there is a space in it.
        ticket = Ticket(f"replay {failed.id}", digest=failed.id)
        owner = Caller(failed.tenant, caller.key_id, caller.scopes | {Scope.SHARED})
        spec = await self.jobs.counters.aside.run(owner.payer, _spec, failed)
        again = await self.jobs.accept(spec, caller=owner, model=failed.model, ticket=ticket)
        async with self.database.writing() as session:
            await dead_letters.mark_replayed(session, failed.id, by=again)
        return again


def _spec(failed: ArchivedJob) -> JobSpec:
    """Without its deadline, which has passed, and without need of a reader, who has left."""
    seeded = failed.request.sampling.model_copy(update={"seed": failed.seed})
    changes = {"sampling": seeded, "deadline_seconds": None, "cancel_on_disconnect": False}
    return job_spec(failed.request.model_copy(update=changes))
