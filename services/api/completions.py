"""Completions as OpenAI's API has them: each choice is a job like any other. Knows no HTTP."""

import math
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass

import anyio
import structlog

from services.api.acceptance import serving_worker
from services.api.admission.callers import Caller
from services.api.completion_logprobs import completion_logprobs
from services.api.completion_requests import Wanted, wanted_of
from services.api.following import follow_job
from services.api.idempotency import Ticket
from services.api.jobs import Jobs
from services.api.quotes import Quotes
from services.api.replay import ending_of
from shared.completions import (
    Completion,
    CompletionCancelledError,
    CompletionChoice,
    CompletionLogprobs,
    CompletionRequest,
    CompletionUsage,
    ModelNotFoundError,
)
from shared.errors import (
    ContextExceededError,
    ErrorCode,
    GenerationFailedError,
    ModelUnavailableError,
    ServiceError,
)
from shared.events import DoneEvent, ErrorEvent, Event, TerminalEvent, TokenEvent
from shared.jobs import JobView, Usage
from shared.metrics import ApiMetrics
from shared.refusals import ServerStoppingError
from shared.schemas import FinishReason
from shared.tracing import current_traceparent

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Choice:
    """`prompt` is what is echoed; it is counted with the first of the choices for it."""

    index: int
    job_id: str
    prompt: str
    is_first: bool

    def said(
        self,
        text: str,
        reason: FinishReason | None = None,
        logprobs: CompletionLogprobs | None = None,
    ) -> CompletionChoice:
        return CompletionChoice(
            text=text,
            index=self.index,
            logprobs=logprobs,
            # What a deadline cuts off was too long for it.
            finish_reason=None if reason is None else "stop" if reason == "stop" else "length",
            job_id=self.job_id,
        )


@dataclass(frozen=True, slots=True)
class Order:
    """A request that is accepted. One that has a key may be sent again, and finds its jobs."""

    body: CompletionRequest
    model: str
    caller: Caller
    choices: Sequence[Choice]
    created: int
    may_come_back: bool

    def answer(
        self, choices: Sequence[CompletionChoice], usage: CompletionUsage | None = None
    ) -> Completion:
        return Completion(
            id=f"cmpl-{self.choices[0].job_id}",
            created=self.created,
            model=self.model,
            choices=list(choices),
            usage=usage,
        )


@dataclass(frozen=True, slots=True)
class Completions:
    jobs: Jobs
    quotes: Quotes
    metrics: ApiMetrics

    async def order(
        self, body: CompletionRequest, *, caller: Caller, ticket: Ticket | None
    ) -> Order:
        """Make a job of each choice, or of none: all are let in before the first is made.

        One that was made before under the same key is found again, and asks for nothing.
        Raises ModelNotFoundError, InvalidRequestError, and what keeps a job from being accepted.
        """
        choices: list[Choice] = []
        model = body.model or self.jobs.default_model
        order = Order(body, model, caller, choices, int(time.time()), ticket is not None)
        wanted = wanted_of(body, ticket)
        known = [await self._known(each, caller) for each in wanted]
        missing = known.count(None)
        if missing:
            self.jobs.admission.check_together(len(wanted), caller=caller)
            self.jobs.admission.check_tokens(wanted[0].request)
            with self._naming(model):
                worker = await serving_worker(self.jobs.joblog, model)
        try:
            async with self.jobs.admission.places(missing, caller=caller, model=model) as places:
                # Of a raw prompt nothing can be dropped, so it is refused before it is accepted.
                # Who is not let in has none counted: that is work, and they may ask endlessly.
                with self._naming(model):
                    for first in (each for each in wanted if missing and each.is_first):
                        await self.quotes.quote(first.request, payer=caller.payer)
                for index, (each, job_id) in enumerate(zip(wanted, known, strict=True)):
                    made = job_id or await self.jobs.create_in(
                        places, each.request, worker, caller=caller, ticket=each.ticket
                    )
                    choices.append(Choice(index, made, each.prompt, each.is_first))
        except ServiceError:
            await self.leave(order, choices)
            raise
        return order

    async def whole(self, order: Order) -> Completion:
        """Wait for all choices. Raises the error of one that does not come to its end."""
        found: dict[int, JobView | ServiceError] = {}

        async def wait(choice: Choice) -> None:
            found[choice.index] = await self._ended(order, choice)

        async with anyio.create_task_group() as waiting:
            for choice in order.choices:
                waiting.start_soon(wait, choice)
        said, used = [], []
        for choice in order.choices:
            view, done = _require_told(found[choice.index])
            text = choice.prompt + view.text if order.body.echo else view.text
            logprobs = await self._logprobs(order, choice)
            said.append(choice.said(text, done.finish_reason, logprobs))
            used.append((choice, done.usage))
        return order.answer(said, usage_of(used))

    def follow(self, order: Order, choice: Choice) -> AsyncGenerator[list[Event], None]:
        return follow_job(
            self.jobs,
            self.metrics,
            job_id=choice.job_id,
            tenant=order.caller.tenant,
            cursor=0,
            traceparent=current_traceparent(),
        )

    async def leave(self, order: Order, choices: Sequence[Choice]) -> None:
        """Cancel these, which nobody waits for any more; with a key somebody may come back.

        Those that are not cancelled here are so by `Attendance`, some seconds later.
        """
        if order.may_come_back:
            return
        with anyio.CancelScope(shield=True):
            for choice in choices:
                try:
                    await self.jobs.abandon(choice.job_id)
                except ServiceError as error:
                    _log.warning("left to its grace", job_id=choice.job_id, reason=error.detail)

    async def _logprobs(self, order: Order, choice: Choice) -> CompletionLogprobs | None:
        """Of a choice that has ended. Raises what keeps its log from being read."""
        if order.body.logprobs is None:
            return None
        async with aclosing(self.follow(order, choice)) as batches:
            events = [event async for batch in batches for event in batch]
        return completion_logprobs(event for event in events if isinstance(event, TokenEvent))

    async def _ended(self, order: Order, choice: Choice) -> JobView | ServiceError:
        """What went wrong is answered, so that the others are not cut off by it."""
        try:
            return await self.jobs.wait_for_end(
                choice.job_id, tenant=order.caller.tenant, seconds=math.inf, gone=_never
            )
        except ServiceError as error:
            return error

    async def _known(self, wanted: Wanted, caller: Caller) -> str | None:
        """The job that it has become before. Raises KeyReusedError."""
        if wanted.ticket is None:
            return None
        return await self.jobs.outbox.known(wanted.ticket, tenant=caller.tenant)

    @contextmanager
    def _naming(self, model: str) -> Iterator[None]:
        """Of models that nobody serves only the usual one will come back."""
        try:
            yield
        except ModelUnavailableError as error:
            if model == self.jobs.default_model:
                raise
            raise ModelNotFoundError(error.detail) from error


def usage_of(ended: Sequence[tuple[Choice, Usage]]) -> CompletionUsage:
    """A prompt counts once, for however many choices it was read."""
    prompts = sum(usage.prompt_tokens for choice, usage in ended if choice.is_first)
    written = sum(usage.completion_tokens for _, usage in ended)
    return CompletionUsage(
        prompt_tokens=prompts, completion_tokens=written, total_tokens=prompts + written
    )


def require_done(ending: TerminalEvent) -> DoneEvent:
    """Raises the error that says why a job did not come to its end."""
    match ending:
        case DoneEvent():
            return ending
        case ErrorEvent(code=ErrorCode.CONTEXT_EXCEEDED):
            raise ContextExceededError(ending.detail)
        case ErrorEvent():
            raise GenerationFailedError(ending.detail)
    raise CompletionCancelledError(
        "Somebody cancelled it, or nobody waited for it any more. Ask again, under another "
        "Idempotency-Key if there was one."
    )


def _require_told(found: JobView | ServiceError) -> tuple[JobView, DoneEvent]:
    if isinstance(found, ServiceError):
        raise found
    if not found.status.is_terminal:
        raise ServerStoppingError("Ask again.")
    return found, require_done(ending_of(found))


async def _never() -> bool:
    return False
