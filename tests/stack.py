"""The whole service as real processes on loopback, for tests that break it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx2

from tests.processes import free_port, process, redis_process, wait_until, wait_until_up

START_SECONDS = 90.0
"""Less than a test has, so that it fails by the name of what did not come up."""
UNHURRIED = "tests.unhurried_worker"
"""The worker module of a stack that can be slowed down."""


@dataclass
class Stack:
    """A running Redis and API; workers are added by name."""

    folder: Path
    redis_port: int
    api_url: str
    exits: contextlib.ExitStack
    settings: Mapping[str, str]
    worker_module: str
    workers: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    redis: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    api: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def slow_while(self) -> Path:
        """While this file exists, unhurried workers are slow."""
        return self.folder / "slow"

    @property
    def redis_url(self) -> str:
        return f"redis://127.0.0.1:{self.redis_port}/0"

    def start_redis(self) -> None:
        """Start it with what it kept of its last run."""
        self.redis.enter_context(redis_process(self.folder, self.redis_port))

    def stop_redis(self) -> None:
        self.redis.close()

    def start_api(self) -> None:
        """Start it on its old port and wait until it answers."""
        service = _module("services.api", self.folder / "api.log", self.environment())
        child = self.api.enter_context(service)
        health = f"{self.api_url}/healthz"
        wait_until_up(child, lambda: answers(health), seconds=START_SECONDS, what="API up")

    def stop_api(self) -> None:
        self.api.close()

    def add_worker(self, name: str, **settings: str) -> None:
        """Start a worker and wait until it is registered."""
        self.add_workers(name, **settings)

    def add_workers(self, *names: str, **settings: str) -> None:
        """Start them side by side and wait until all are registered."""
        for name in names:
            env = self.environment(WORKER_ID=name, **settings)
            service = _module(self.worker_module, self.folder / f"{name}.log", env)
            self.workers[name] = self.exits.enter_context(service)
        wait_until(
            lambda: self.live_workers() >= {*names},
            seconds=START_SECONDS,
            what=f"{' and '.join(names)} up",
        )

    def live_workers(self) -> set[str]:
        answer = httpx2.get(f"{self.api_url}/v1/workers").raise_for_status().json()
        return {worker["id"] for worker in answer["workers"]}

    def kill(self, name: str) -> None:
        """End a worker as a crash does: no warning, no clean-up."""
        self.workers[name].send_signal(signal.SIGKILL)
        self.workers[name].wait(10)

    def terminate(self, name: str) -> None:
        """Ask a worker to leave, as a scale-in does."""
        self.workers[name].send_signal(signal.SIGTERM)

    @contextlib.contextmanager
    def slowly(self) -> Iterator[None]:
        """Have unhurried workers' long stories last until the block is left, however long that
        takes.
        """
        self.slow_while.touch()
        try:
            yield
        finally:
            self.slow_while.unlink()

    def log_of(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text(errors="replace")

    def environment(self, **more: str) -> dict[str, str]:
        own = {"REDIS_URL": self.redis_url, "SLOW_WHILE": str(self.slow_while)}
        return {**os.environ, **own, **self.settings, **more}


@contextlib.contextmanager
def running_stack(
    folder: Path, *, worker_module: str = "services.worker", **settings: str
) -> Iterator[Stack]:
    """Redis and one API with these settings; everything is ended when the block is left."""
    with contextlib.ExitStack() as exits:
        port = free_port()
        api_url = f"http://127.0.0.1:{port}"
        common = {
            "API_PORT": str(port),
            "DATABASE_URL": f"sqlite:///{folder / 'once.db'}",
            "DEVELOPMENT": "true",
            "OMP_NUM_THREADS": "1",
            **settings,
        }
        stack = Stack(folder, free_port(), api_url, exits, common, worker_module)
        exits.callback(stack.stop_redis)
        stack.start_redis()
        exits.callback(stack.stop_api)
        stack.start_api()
        yield stack
        for worker in stack.workers.values():
            worker.terminate()  # all at the same time; then each is waited for


def answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=2).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


def _module(
    name: str, log: Path, env: Mapping[str, str]
) -> contextlib.AbstractContextManager[subprocess.Popen[bytes]]:
    return process([sys.executable, "-m", name], log, env)
