"""The two faces of the job log: they send commands and load scripts; they decide nothing."""

import asyncio
from collections.abc import Sequence
from typing import Any, TypeVar

import redis
import redis.asyncio
from redis.exceptions import NoScriptError

from shared.errors import StoreUnavailableError
from shared.joblog.answers import UNAVAILABLE, named_failures, parse
from shared.joblog.command import Command
from shared.joblog.pipeline import Pipeline
from shared.joblog.scripts import all_sources

T = TypeVar("T")
AT_ONCE = 64
"""Round trips under way; with more Redis answers none of them sooner."""
TURN_SECONDS = 3.0
"""Longer in the queue means that Redis hangs."""


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
        with named_failures():
            answers = self._send(commands)
            missing = _missing(answers)
            if missing:
                for source in all_sources():
                    self._client.script_load(source)
                _fill(answers, missing, self._send([commands[i] for i in missing]))
        return parse(commands, answers)

    def pipeline(self) -> Pipeline:
        """For whoever has more to do than to wait for answers."""
        return Pipeline(self._client)

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
            with named_failures():
                answers = await self._send(commands)
                missing = _missing(answers)
                if missing:
                    for source in all_sources():
                        await self._client.script_load(source)
                    _fill(answers, missing, await self._send([commands[i] for i in missing]))
        finally:
            self._turns.release()
        return parse(commands, answers)

    async def _take_turn(self) -> None:
        if not self._turns.locked():
            await self._turns.acquire()  # at once, hence without a time-out, which takes its time
            return
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await self._turns.acquire()
        except TimeoutError as error:
            raise StoreUnavailableError(UNAVAILABLE) from error

    async def _send(self, commands: Sequence[Command[T]]) -> list[Any]:
        pipeline = self._client.pipeline(transaction=False)
        for command in commands:
            pipeline.execute_command(*command.words)
        return await pipeline.execute(raise_on_error=False)


def _missing(answers: Sequence[Any]) -> list[int]:
    """Positions of the scripts that Redis does not know, as after its restart."""
    return [i for i, answer in enumerate(answers) if isinstance(answer, NoScriptError)]


def _fill(answers: list[Any], positions: Sequence[int], late: Sequence[Any]) -> None:
    for position, answer in zip(positions, late, strict=True):
        answers[position] = answer
