"""What Redis answers to commands, read as they would have it."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import structlog
from redis.connection import Connection
from redis.exceptions import RedisError, ResponseError

from shared.errors import DamagedRecordError, StoreUnavailableError
from shared.joblog.command import Command

T = TypeVar("T")
UNAVAILABLE = "Redis does not answer; try again in a moment."
_WRONG_TYPE = "WRONGTYPE"
_log = structlog.get_logger(__name__)


@contextlib.contextmanager
def named_failures() -> Iterator[None]:
    """Whatever is wrong with Redis has one name."""
    try:
        yield
    except RedisError as error:
        raise StoreUnavailableError(UNAVAILABLE) from error


def answer(connection: Connection) -> Any:
    """The next one, or the refusal that it is."""
    try:
        return connection.read_response()
    except ResponseError as error:
        return error


def parse(commands: Sequence[Command[T]], answers: list[Any]) -> list[T]:
    """What is no record or no log, whatever else it may be, is read as if it were not there."""
    for position, answer in enumerate(answers):
        # Redis 6 tells what went wrong in a script behind where in it that was.
        if isinstance(answer, ResponseError) and _WRONG_TYPE in str(answer):
            _log.error("damaged record", command=commands[position].words[:2], reason=str(answer))
            answers[position] = {}
        elif isinstance(answer, RedisError):
            raise StoreUnavailableError(UNAVAILABLE) from answer
    return [read(command.parse, answer) for command, answer in zip(commands, answers, strict=True)]


def read(parse: Callable[[Any], T], answer: Any) -> T:
    """Raises DamagedRecordError."""
    try:
        return parse(answer)
    except (TypeError, ValueError, LookupError) as error:
        raise DamagedRecordError("What Redis keeps here is not what was written.") from error
