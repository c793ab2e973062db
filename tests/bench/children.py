"""Child processes that are asked one question at a time, a line of JSON each way.

A child that is not asked waits for input and takes no time from the others.
"""

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

END_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def ask(self, question: object, *, seconds: float) -> Any:
        """Its answer. Raises TimeoutError, or RuntimeError with its last words if it ended."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(question).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._ended() from None
        return self.answer(seconds=seconds)

    def wait_ready(self, *, seconds: float) -> None:
        """Until it has loaded what it needs. Raises as `ask` does."""
        self.ask(None, seconds=seconds)

    def answer(self, *, seconds: float) -> Any:
        """The next line it says; pipes are unbuffered, so `select` sees all that has come."""
        assert self.process.stdout is not None
        line, deadline = b"", time.monotonic() + seconds
        while not line.endswith(b"\n"):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                self.process.kill()  # or it would go on beside the others
                raise TimeoutError(f"{self.name} did not answer within {seconds:.0f} s")
            chunk = os.read(self.process.stdout.fileno(), 65_536)
            if not chunk:
                raise self._ended()
            line += chunk
        return json.loads(line)

    def _ended(self) -> RuntimeError:
        words = self.log.read_text(errors="replace").splitlines()[-15:]
        return RuntimeError(f"{self.name} ended:\n" + "\n".join(words))


@contextlib.contextmanager
def child(
    name: str, module: str, *words: str, folder: Path, env: Mapping[str, str] | None = None
) -> Iterator[Child]:
    """Run `python -m module words…`; it is ended when the block is left."""
    log = folder / f"{name.replace(' ', '-')}.log"
    with log.open("ab") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, **(env or {})},
            bufsize=0,
        )
    try:
        yield Child(name, process, log)
    finally:
        _end(process)


def serve(answer: Callable[[Any], object]) -> None:
    """The child's side, once it is ready: answer until the parent leaves. What libraries print goes
    to the log."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", buffering=1)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for question in map(json.loads, sys.stdin):
        reply = None if question is None else answer(question)
        replies.write(json.dumps(reply) + "\n")


def process_of(*words: str) -> psutil.Process:
    """Of our own children the one whose command line has these words. Raises LookupError."""
    for each in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            command = " ".join(each.cmdline())
            if all(word in command for word in words):
                return each
    raise LookupError(f"no child process runs {' '.join(words)}")


def cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _end(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout):
        assert pipe is not None
        pipe.close()
    process.terminate()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
