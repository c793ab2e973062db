"""How much is taken at once. Whoever is turned away learns when to come back. Knows no HTTP."""

import contextlib
import math
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import structlog

from services.api.admission.callers import Caller
from services.api.places import until_ended
from shared.errors import InvalidRequestError, ServiceError, StoreUnavailableError
from shared.joblog import AsyncJobLog, admissions, commands
from shared.joblog.admissions import Bounds, Limit, Refusal
from shared.refusals import (
    QueueFullError,
    TooManyJobsError,
    TooManyRequestsError,
    TooManyTokensError,
)
from shared.schemas import GenerateRequest, Priority

_log = structlog.get_logger(__name__)
UNMEASURED_SECONDS = 5
LONGEST_SECONDS = 60
"""An estimate may be wrong; nobody is sent away for longer than this."""


@dataclass(frozen=True, slots=True)
class Limits:
    """0 is no limit."""

    requests_per_minute: int = 0
    jobs_per_key: int = 0
    waiting_jobs: int = 0
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Admission:
    joblog: AsyncJobLog
    limits: Limits

    def check_tokens(self, request: GenerateRequest) -> None:
        """Raises TooManyTokensError."""
        most = self.limits.tokens
        wanted = request.most_tokens
        if most and wanted > most:
            raise TooManyTokensError(
                f"A story of up to {wanted} tokens was asked for; at most {most} are told here. "
                "sampling.max_new_tokens sets how many."
            )

    def check_together(self, stories: int, *, caller: Caller) -> None:
        """Raises InvalidRequestError of more than can ever be let in at once."""
        bounds = self._bounds(caller)
        own = (bounds.requests, bounds.jobs, bounds.waiting)
        most = min((bound for bound in own if bound), default=stories)
        if stories > most:
            raise InvalidRequestError(
                f"{stories} stories were asked for at once; {most} are the most for this key."
            )

    @contextlib.asynccontextmanager
    async def places(self, count: int, *, caller: Caller, model: str) -> AsyncIterator[list[str]]:
        """Let so many jobs in, or none: the ids that they may have.

        A place is free again after its job's end. Whoever makes a job takes its id off the list;
        the places of the others are given back.
        Raises TooManyRequestsError, TooManyJobsError or QueueFullError.
        """
        left: list[str] = []
        try:
            while len(left) < count:
                job_id = uuid.uuid4().hex
                await self._admit(job_id, caller=caller, model=model)
                left.append(job_id)
            yield left
        finally:
            for job_id in left:
                await self._withdraw(job_id, caller=caller, model=model)

    async def admit_question(self, *, caller: Caller) -> None:
        """Count what only asks what a story would be like, apart from the stories.

        Raises TooManyRequestsError.
        """
        most = self._bounds(caller).requests
        if not most:
            return
        wait = await self.joblog.run(admissions.ask(uuid.uuid4().hex, most, caller=caller.key_id))
        if wait is not None:
            raise TooManyRequestsError(
                f"This key may ask {most} times a minute what a story would be like.",
                retry_after=_seconds(wait),
            )

    async def _admit(self, job_id: str, *, caller: Caller, model: str) -> None:
        bounds = self._bounds(caller)
        if bounds == Bounds():
            return
        refusal = await self.joblog.run(
            admissions.admit(job_id, bounds, caller=caller.key_id, model=model)
        )
        if refusal is not None:
            raise await self._error(refusal, model)

    async def _withdraw(self, job_id: str, *, caller: Caller, model: str) -> None:
        if self._bounds(caller) == Bounds():
            return
        try:
            await self.joblog.run(admissions.withdraw(job_id, caller=caller.key_id, model=model))
        except StoreUnavailableError:
            _log.warning("a place is free again only in a while", job_id=job_id)

    def _bounds(self, caller: Caller) -> Bounds:
        limits = self.limits
        if caller.is_shared:
            return Bounds(waiting=limits.waiting_jobs)
        return Bounds(limits.requests_per_minute, limits.jobs_per_key, limits.waiting_jobs)

    async def _error(self, refusal: Refusal, model: str) -> ServiceError:
        match refusal.limit:
            case Limit.REQUESTS:
                return TooManyRequestsError(
                    f"This key may ask for {self.limits.requests_per_minute} stories a minute.",
                    retry_after=_seconds(refusal.number),
                )
            case Limit.JOBS:
                return TooManyJobsError(
                    f"{refusal.number} stories of this key wait or are being written, and it may "
                    f"have {self.limits.jobs_per_key} at once.",
                    retry_after=await self._until_one_of(refusal.number, model),
                )
            case Limit.QUEUE:
                return QueueFullError(
                    f"{refusal.number} stories wait for this model, and no more are taken for now.",
                    retry_after=await self._until_ended(1, model),
                )

    async def _until_one_of(self, own: int, model: str) -> int:
        """Until one of so many has ended: of all that are under way, every so-many-th is one."""
        waiting = await self.joblog.run_all(
            [commands.waiting_count(model, priority) for priority in Priority]
        )
        under_way = sum(waiting) + await self.joblog.run(commands.running_count())
        # Those of this key may wait for other models, with none of this one under way.
        return await self._until_ended(max(1, math.ceil(under_way / own)), model)

    async def _until_ended(self, stories: int, model: str) -> int:
        eta = await until_ended(self.joblog, model, stories)
        if eta is None:
            return UNMEASURED_SECONDS
        return min(max(1, math.ceil(eta.p90)), LONGEST_SECONDS)


def _seconds(milliseconds: int) -> int:
    return math.ceil(max(1, milliseconds) / 1000)
