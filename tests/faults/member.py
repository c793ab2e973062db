"""One process of the cluster under test: started, signalled and ended by its id."""

import asyncio
import os
import signal
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

START_SECONDS = 180.0
END_SECONDS = 15.0
POLL_SECONDS = 0.02


async def until(ready: Callable[[], Awaitable[bool]], *, seconds: float, what: str) -> None:
    """Poll until `ready`. Raises TimeoutError that names what was waited for."""
    deadline = time.monotonic() + seconds
    while not await ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        await asyncio.sleep(POLL_SECONDS)


@dataclass(slots=True)
class Member:
    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    folder: Path
    is_ready: Callable[["Member"], Awaitable[bool]]
    runs: int = 0
    started_at: float = 0.0
    """Unix time of this run's start."""
    child: subprocess.Popen[bytes] | None = None
    _keepers: list[threading.Thread] = field(default_factory=list)

    @property
    def process(self) -> psutil.Process:
        assert self.child is not None
        return psutil.Process(self.child.pid)

    @property
    def run_name(self) -> str:
        """Names this run of the process: a restarted one is somebody else."""
        return f"{self.name}-{self.runs}"

    @property
    def lives(self) -> bool:
        return self.child is not None and self.child.poll() is None

    def start(self, **settings: str) -> None:
        """Its output goes through a pipe, which no limit on the size of its files stops."""
        self.runs += 1
        self.started_at = time.time()
        self.child = subprocess.Popen(
            self.command,
            env={**os.environ, **self.env, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert self.child.stdout is not None
        keeper = threading.Thread(
            target=_keep, args=(self.child.stdout, self.folder / f"{self.run_name}.log")
        )
        keeper.start()
        self._keepers.append(keeper)

    async def ready(self) -> None:
        """Raises TimeoutError or RuntimeError with the end of its log."""

        async def look() -> bool:
            if not self.lives:
                raise RuntimeError(f"{self.run_name} did not start:\n{self.last_words()}")
            return await self.is_ready(self)

        await until(look, seconds=START_SECONDS, what=f"{self.run_name} is ready")

    def send(self, number: signal.Signals) -> None:
        assert self.child is not None
        self.child.send_signal(number)

    async def end(self, number: signal.Signals) -> int:
        """Send the signal and wait for the end; answers the exit status."""
        self.send(number)
        assert self.child is not None
        return await asyncio.to_thread(self.child.wait, END_SECONDS)

    def stop(self) -> None:
        """Last resort and last act: whatever state it is in, it ends, and its log is whole."""
        if self.lives:
            self.send(signal.SIGCONT)
            self.send(signal.SIGTERM)
            assert self.child is not None
            try:
                self.child.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        for keeper in self._keepers:
            keeper.join()

    def last_words(self, lines: int = 15) -> str:
        log = self.folder / f"{self.run_name}.log"
        return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


def _keep(pipe: IO[bytes], log: Path) -> None:
    with pipe, log.open("ab", buffering=0) as kept:
        for line in pipe:
            kept.write(line)
