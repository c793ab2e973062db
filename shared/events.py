"""The events of a story, as they stand in the log, travel over pub/sub and reach readers as SSE.

Only `token` moves a reader's cursor: its `index` is the number of tokens delivered up to and
including it, so a cursor depends on nothing but the story.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

from pydantic import Field, TypeAdapter

from shared.contract import Contract
from shared.errors import ErrorCode
from shared.jobs import Eta, Receipt, Usage
from shared.schemas import FinishReason

_quoted = json.JSONEncoder(ensure_ascii=False).encode


class QueuedEvent(Contract):
    type: Literal["queued"] = "queued"
    position: int
    eta: Eta | None = None
    served: bool = Field(
        default=True,
        exclude_if=bool,
        description="false while no live worker serves its model: it waits until one comes",
    )


class StartedEvent(Contract):
    type: Literal["started"] = "started"
    worker: str
    model: str
    attempt: int


class ResumedEvent(Contract):
    """Another worker took the story over and goes on at the next token."""

    type: Literal["resumed"] = "resumed"
    attempt: int


class TokenLogprob(Contract):
    """`text` is what the token alone stands for; `bytes:` and hexadecimal escapes if that is part
    of a character, as in OpenAI's API.
    """

    id: int
    text: str
    logprob: float = Field(description="natural logarithm, as the model had it, to six places")


class ChosenLogprob(TokenLogprob):
    top: list[TokenLogprob] = Field(description="the likeliest in its place, best first")


class TokenEvent(Contract):
    """`text` may be empty: bytes are held back until a character, or a possible stop, is whole."""

    type: Literal["token"] = "token"
    index: int
    text: str
    ids: list[int]
    logprobs: list[ChosenLogprob] | None = Field(
        default=None,
        exclude_if=lambda each: each is None,
        description="of each of the ids, if they were asked for",
    )

    @property
    def start(self) -> int:
        """The cursor of a reader who needs exactly this event next."""
        return self.index - len(self.ids)

    def line(self) -> str:
        """Its JSON, as the log keeps it."""
        if self.logprobs is not None:
            return self.model_dump_json()
        return _token_line(self.index, self.text, self.ids)

    def data(self) -> str:
        """Its JSON as readers are told it, without its type, which stands beside it."""
        if self.logprobs is not None:
            return self.model_dump_json(exclude={"type"})
        return f"{{{_token_fields(self.index, self.text, self.ids)}}}"


@dataclass(slots=True)
class DrawnToken:
    """A `TokenEvent` of one's own, of which nothing need be checked: to make it and to write its
    line takes a fifth of the time.
    """

    index: int
    text: str
    ids: tuple[int, ...]

    def line(self) -> str:
        return _token_line(self.index, self.text, self.ids)


def _token_line(index: int, text: str, ids: Sequence[int]) -> str:
    return f'{{"type":"token",{_token_fields(index, text, ids)}}}'


def _token_fields(index: int, text: str, ids: Sequence[int]) -> str:
    """As pydantic writes them, which takes three times as long."""
    listed = f"{ids[0]}" if len(ids) == 1 else ",".join(map(str, ids))
    return f'"index":{index},"text":{_quoted(text)},"ids":[{listed}]'


class CheckpointEvent(Contract):
    """SHA-256 of the UTF-8 text up to and including token `index`."""

    type: Literal["checkpoint"] = "checkpoint"
    index: int
    sha256: str


class DoneEvent(Contract):
    type: Literal["done"] = "done"
    finish_reason: FinishReason
    usage: Usage
    receipt: Receipt


class ErrorEvent(Contract):
    type: Literal["error"] = "error"
    code: ErrorCode
    detail: str


class CancelledEvent(Contract):
    type: Literal["cancelled"] = "cancelled"


TerminalEvent = DoneEvent | ErrorEvent | CancelledEvent
Event = Annotated[
    QueuedEvent
    | StartedEvent
    | ResumedEvent
    | TokenEvent
    | CheckpointEvent
    | DoneEvent
    | ErrorEvent
    | CancelledEvent,
    Field(discriminator="type"),
]
EVENT_TYPES: tuple[str, ...] = tuple(
    kind.model_fields["type"].default for kind in get_args(get_args(Event)[0])
)
LogEvent = DrawnToken | TokenEvent | CheckpointEvent
"""What a worker puts into the log while a story is written."""
_ADAPTER: TypeAdapter[Event] = TypeAdapter(Event)
_TOGETHER: TypeAdapter[list[Event]] = TypeAdapter(list[Event])


def parse_event(payload: str | bytes) -> Event:
    """Read one event from its JSON. Raises pydantic.ValidationError."""
    return _ADAPTER.validate_json(payload)


def parse_message(payload: str) -> list[Event]:
    """What is published at once, an event a line. Raises pydantic.ValidationError."""
    return _TOGETHER.validate_json("[" + payload.replace("\n", ",") + "]")


def is_terminal(event: Event) -> bool:
    return isinstance(event, DoneEvent | ErrorEvent | CancelledEvent)
