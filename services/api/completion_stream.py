"""A completion as it is written, in the stream that OpenAI's clients read."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import anyio
from sse_starlette import ServerSentEvent
from starlette.types import Receive, Scope, Send

from services.api.completion_logprobs import completion_logprobs
from services.api.completions import Choice, Completions, Order, require_done, usage_of
from services.api.errors import of_service_error
from services.api.openai_errors import openai_problem
from services.api.streams import Stream, one_line
from shared.completions import Completion
from shared.errors import ServiceError
from shared.events import CancelledEvent, DoneEvent, ErrorEvent, Event, TokenEvent
from shared.refusals import ServerStoppingError

_END = "[DONE]"
_LINE = "\n"
"""Some clients take what stands before it, a carriage return as well, for the line."""
_AHEAD = 16
"""So many events may wait for a slow reader; the rest waits where they come from."""


class CompletionStream(Stream):
    """Its jobs end with it: what is still being written when the reader leaves is cancelled."""

    def __init__(self, completions: Completions, order: Order) -> None:
        super().__init__(self._lines(), {}, sep=_LINE)
        self._completions = completions
        self._order = order
        self._open = {choice.index: choice for choice in order.choices}
        self._sender, self._receiver = anyio.create_memory_object_stream[
            tuple[Choice, Event | None]
        ](_AHEAD)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            with self._sender, self._receiver:
                async with anyio.create_task_group() as following:
                    for choice in self._order.choices:
                        following.start_soon(self._follow, choice)
                    await super().__call__(scope, receive, send)
                    following.cancel_scope.cancel()
        finally:
            await self._completions.leave(self._order, list(self._open.values()))

    async def _follow(self, choice: Choice) -> None:
        async with aclosing(self._completions.follow(self._order, choice)) as batches:
            async for events in batches:
                for event in events:
                    await self._sender.send((choice, event))
        await self._sender.send((choice, None))

    async def _lines(self) -> AsyncIterator[ServerSentEvent]:
        hidden = None if self._order.body.wants_usage else {"usage"}
        try:
            async for chunk in self._chunks():
                yield _line(chunk.model_dump_json(exclude=hidden))
        except ServiceError as error:
            yield _line(openai_problem(of_service_error(error)).model_dump_json())
        yield _line(_END)

    async def _chunks(self) -> AsyncIterator[Completion]:
        """Raises the error of a choice that does not come to its end."""
        order, used = self._order, []
        lengths = dict.fromkeys(self._open, 0)
        if order.body.echo:
            yield order.answer([choice.said(choice.prompt) for choice in order.choices])
        while self._open:
            choice, event = await self._receiver.receive()
            match event:
                case TokenEvent() if event.logprobs:
                    logprobs = completion_logprobs([event], offset=lengths[choice.index])
                    lengths[choice.index] += len(event.text)
                    yield order.answer([choice.said(event.text, logprobs=logprobs)])
                case TokenEvent() if event.text:
                    yield order.answer([choice.said(event.text)])
                case DoneEvent() | ErrorEvent() | CancelledEvent():
                    del self._open[choice.index]
                    done = require_done(event)
                    used.append((choice, done.usage))
                    yield order.answer([choice.said("", done.finish_reason)])
                case None if choice.index in self._open:
                    raise ServerStoppingError("Ask again.")
        if order.body.wants_usage:
            yield order.answer([], usage_of(used))


def _line(data: str) -> ServerSentEvent:
    return ServerSentEvent(one_line(data), sep=_LINE)
