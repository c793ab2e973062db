"""How our values lie in columns, the same in SQLite and in PostgreSQL."""

from enum import StrEnum
from typing import Annotated, Any, NamedTuple, TypeVar

from pydantic import SerializerFunctionWrapHandler, TypeAdapter, WrapSerializer
from sqlalchemy import Dialect, Enum, String, Text, TypeDecorator

from shared.events import ChosenLogprob

T = TypeVar("T")
_ESCAPE = "\x1a"


class StoredText(TypeDecorator[str]):
    """Text that may hold U+0000, which PostgreSQL refuses and a byte-level model can write."""

    impl: type[String] = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else escape_nul(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        if value is None:
            return None
        return value.replace(f"{_ESCAPE}0", "\0").replace(f"{_ESCAPE}1", _ESCAPE)


class StoredId(StoredText):
    """An id, whatever a caller asks for under that name."""

    impl = String
    cache_ok = True


def escape_nul(text: str) -> str:
    """As it stands in a column of StoredText, to look for it there."""
    return text.replace(_ESCAPE, f"{_ESCAPE}1").replace("\0", f"{_ESCAPE}0")


class StoredJson(TypeDecorator[T]):
    """A validated value as JSON text; read again through its own type."""

    impl = Text
    cache_ok = True

    def __init__(self, adapter: TypeAdapter[T]) -> None:
        super().__init__()
        self.adapter = adapter

    def process_bind_param(self, value: T | None, dialect: Dialect) -> str | None:
        return None if value is None else self.adapter.dump_json(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> T | None:
        return None if value is None else self.adapter.validate_json(value)


def stored_word(kind: type[StrEnum]) -> Enum:
    """One of a few words, by its value; a new word needs no migration."""
    return Enum(
        kind,
        native_enum=False,
        create_constraint=False,
        length=16,
        values_callable=lambda words: [word.value for word in words],
    )


class LoggedToken(NamedTuple):
    """A token event and the checkpoint behind it; indices are counted. A short array in JSON."""

    text: str
    ids: list[int]
    sha256: str | None
    logprobs: list[ChosenLogprob] | None = None


def _shortened(token: LoggedToken, write: SerializerFunctionWrapHandler) -> list[object]:
    fields: list[object] = list(write(token))
    return fields if token.logprobs is not None else fields[:-1]


LOG: TypeAdapter[list[LoggedToken]] = TypeAdapter(
    list[Annotated[LoggedToken, WrapSerializer(_shortened)]]
)
