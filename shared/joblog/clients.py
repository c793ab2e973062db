"""The two faces of the job log: they send commands and translate failures; they decide nothing."""

import asyncio
import contextlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import hiredis
import redis
import redis.asyncio
import structlog
from redis.connection import Connection
from redis.exceptions import NoScriptError, RedisError, ResponseError

from shared.errors import DamagedRecordError, StoreUnavailableError
from shared.joblog.command import Command
from shared.joblog.scripts import all_sources

T = TypeVar("T")
AT_ONCE = 64
"""Round trips under way; with more Redis answers none of them sooner."""
TURN_SECONDS = 3.0
"""Longer in the queue means that Redis hangs."""
_WRONG_TYPE = "WRONGTYPE"
_log = structlog.get_logger(__name__)
_UNAVAILABLE = "Redis does not answer; try again in a moment."


class JobLog:
    """Blocking face. Every method raises StoreUnavailableError when Redis is away or refuses, and
    DamagedRecordError when it answers what nobody can have written.
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._client = client

    def run(self, command: Command[T]) -> T:
        return self.run_all([command])[0]

    def run_all(self, commands: Sequence[Command[T]]) -> list[T]:
        """Run all in order, in one round trip. One that fails does not stop the others."""
        with _named_failures():
            return self._completed(commands, self._send(commands))

    def run_in_parts(self, parts: Iterable[Sequence[Command[T]]]) -> list[T]:
        """As `run_all`, and each part is on its way while the next one is made."""
        commands: list[Command[T]] = []
        with _named_failures():
            with contextlib.ExitStack() as exits:
                connection: Connection | None = None
                for part in parts:
                    connection = connection or exits.enter_context(self._connection())
                    # redis-py's own way to pack a command takes three times as long.
                    packed = [hiredis.pack_command(command.words) for command in part]  # type: ignore[arg-type]
                    connection.send_packed_command([b"".join(packed)])  # type: ignore[no-untyped-call]
                    commands += part
                answers = [] if connection is None else [_answer(connection) for _ in commands]
            return self._completed(commands, answers)

    @contextlib.contextmanager
    def _connection(self) -> Iterator[Connection]:
        """One that is left with answers on their way is of no use to anybody else."""
        pool = self._client.connection_pool
        connection = pool.get_connection()
        try:
            yield connection
        except BaseException:
            connection.disconnect()  # type: ignore[no-untyped-call]
            raise
        finally:
            pool.release(connection)

    def _completed(self, commands: Sequence[Command[T]], answers: list[Any]) -> list[T]:
        missing = _missing(answers)
        if missing:
            for source in all_sources():
                self._client.script_load(source)
            _fill(answers, missing, self._send([commands[i] for i in missing]))
        return _parse(commands, answers)

    def _send(self, commands: Sequence[Command[T]]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command.words)  # type: ignore[no-untyped-call]
        return pipeline.execute(raise_on_error=False)


class AsyncJobLog:
    """The same for asyncio, where a thousand may ask at once: they take turns."""

    def __init__(self, client: "redis.asyncio.Redis") -> None:
        self._client = client
        # The client's pool has 100 connections and refuses whoever comes when all are in use.
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def run(self, command: Command[T]) -> T:
        return (await self.run_all([command]))[0]

    async def run_all(self, commands: Sequence[Command[T]]) -> list[T]:
        """Run all in order, in one round trip. One that fails does not stop the others."""
        await self._take_turn()
        try:
            with _named_failures():
                answers = await self._send(commands)
                missing = _missing(answers)
                if missing:
                    for source in all_sources():
                        await self._client.script_load(source)
                    _fill(answers, missing, await self._send([commands[i] for i in missing]))
        finally:
            self._turns.release()
        return _parse(commands, answers)

    async def _take_turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()  # at once, hence without a time-out, which takes its time
            return
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turns.acquire()
        except TimeoutError as error:
            raise StoreUnavailableError(_UNAVAILABLE) from error

    async def _send(self, commands: Sequence[Command[T]]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command.words)
        return await pipeline.execute(raise_on_error=False)


@contextlib.contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except RedisError as error:
        raise StoreUnavailableError(_UNAVAILABLE) from error


def _answer(connection: Connection) -> Any:
    try:
        return connection.read_response()
    except ResponseError as error:
        return error


def _missing(answers: Sequence[Any]) -> list[int]:
    """Positions of the scripts that Redis does not know, as after its restart."""
    return [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]


def _fill(answers: list[Any], positions: Sequence[int], late: Sequence[Any]) -> None:
    for position, answer in zip(positions, late, strict=True):
        answers[position] = answer


def _parse(commands: Sequence[Command[T]], answers: list[Any]) -> list[T]:
    """What is no record or no log, whatever else it may be, is read as if it were not there."""
    for position, answer in enumerate(answers):
        if isinstance(answer, ResponseError) and str(answer).startswith(_WRONG_TYPE):
            _log.error("damaged record", command=commands[position].words[:2], reason=str(answer))
            answers[position] = {}
        elif isinstance(answer, RedisError):
            raise StoreUnavailableError(_UNAVAILABLE) from answer
    return [_read(command, answer) for command, answer in zip(commands, answers, strict=True)]


def _read(command: Command[T], answer: Any) -> T:
    try:
        return command.parse(answer)
    except (TypeError, ValueError, LookupError) as error:
        raise DamagedRecordError("What Redis keeps here is not what was written.") from error
