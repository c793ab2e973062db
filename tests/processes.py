"""Real processes for tests: started on free loopback ports, always ended, waits always bounded."""

import contextlib
import random
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from infra.local.redis_server import redis_answers, redis_command

_LISTENED_ON = range(10_000, 32_000)
"""Below those that the system gives to whoever connects, and would take before a process that is
just starting has come to listen."""


def free_port() -> int:
    while True:
        port = random.SystemRandom().choice(_LISTENED_ON)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def wait_until(
    ready: Callable[[], bool], *, seconds: float, what: str, every: float = 0.02
) -> None:
    """Poll until `ready`. Raises TimeoutError that names what was waited for."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {seconds} s")
        time.sleep(every)


@contextlib.contextmanager
def process(
    command: Sequence[str],
    log: Path,
    env: Mapping[str, str] | None = None,
    *,
    folder: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a command with its output in `log`; end it (kill after 10 s) when the block is left."""
    with log.open("ab") as output:
        child = subprocess.Popen(command, stdout=output, stderr=output, env=env, cwd=folder)
    try:
        yield child
    finally:
        child.terminate()
        try:
            child.wait(10)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()


def wait_until_up(
    child: subprocess.Popen[bytes], ready: Callable[[], bool], *, seconds: float, what: str
) -> None:
    """As `wait_until`. Raises RuntimeError at once if the process has ended."""

    def is_ready() -> bool:
        if child.poll() is not None:
            raise RuntimeError(f"{what}: it ended with {child.returncode}; see its log")
        return ready()

    wait_until(is_ready, seconds=seconds, what=what)


@contextlib.contextmanager
def redis_process(folder: Path, port: int, *options: str, login: str = "") -> Iterator[str]:
    """A real Redis server; yields its URL once it answers, to "user:password@" if it has users."""
    url = f"redis://{login}127.0.0.1:{port}/0"
    with process(redis_command(port, folder, *options), folder / "redis.log") as child:
        wait_until_up(child, lambda: redis_answers(url), seconds=10, what="Redis answers")
        yield url
