"""Commands whose answers are read later, while others are on their way."""

import contextlib
import time
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any

import hiredis
import redis
from redis.connection import Connection

from shared.joblog.answers import answer, named_failures, parse
from shared.joblog.command import Command

IDLE_SECONDS = 1.0
"""After this long a connection goes back to the pool, which sees whether Redis has hung up. Whoever
sends twenty times a second does not ask each time."""


class Pipeline:
    """On a connection of its own, so that they are run in the order in which they were sent. It has
    it for as long as it is used: whoever wants to send again keeps his pipeline.

    Every method raises StoreUnavailableError when Redis is away or refuses, and also when it does
    not know a script. What became of all that was sent and not answered is then unknown; nothing
    of it is waited for any more.
    """

    def __init__(self, client: "redis.Redis") -> None:
        self._pool = client.connection_pool
        self._connection: Connection | None = None
        self._used_at = 0.0
        self._unanswered: deque[Command[Any]] = deque()

    def send(self, commands: Sequence[Command[Any]]) -> None:
        """They are on their way when this returns."""
        if not commands:
            return
        with self._whole():
            if not self._unanswered and time.monotonic() - self._used_at > IDLE_SECONDS:
                self._let_go()
            if self._connection is None:
                self._connection = self._pool.get_connection()
            # redis-py's own way to pack a command takes three times as long.
            packed = [hiredis.pack_command(command.words) for command in commands]  # type: ignore[arg-type]
            self._connection.send_packed_command([b"".join(packed)])  # type: ignore[no-untyped-call]
            self._unanswered += commands
            self._used_at = time.monotonic()

    def answers(self, count: int) -> list[Any]:
        """To the first so many of those that are not answered yet. One that fails does not stop
        the others.
        """
        with self._whole():
            commands = [self._unanswered.popleft() for _ in range(count)]
            if self._connection is None:
                return []
            return parse(commands, [answer(self._connection) for _ in commands])

    @contextlib.contextmanager
    def _whole(self) -> Iterator[None]:
        """A connection that is left with answers on their way is of no use to anybody else."""
        try:
            with named_failures():
                yield
        except BaseException:
            if self._connection is not None:
                self._connection.disconnect()  # type: ignore[no-untyped-call]
            self._unanswered.clear()
            self._let_go()
            raise

    def _let_go(self) -> None:
        if self._connection is not None:
            self._pool.release(self._connection)
            self._connection = None
