"""Keep a set of processes alive and end them in order. Knows nothing of what they do."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

STOP_SECONDS = 10.0
POLL_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0
SETTLED_SECONDS = 3.0
"""A process that has run for so long is restarted at once; sooner, pauses double."""


class StartError(Exception):
    """A process ended, or did not become ready, while starting."""


class Stopped(Exception):
    """Somebody asked for the end."""


class StopFlag:
    """Remembers that the end was asked for. A plain value, since a signal handler sets it:

    an exception raised there can vanish inside a fork hook, and an Event's lock can be held.
    """

    def __init__(self) -> None:
        self._asked = False

    def ask(self, *_: object) -> None:
        self._asked = True

    def pause(self) -> None:
        """Sleep for a moment. Raises Stopped."""
        time.sleep(POLL_SECONDS)
        if self._asked:
            raise Stopped


@dataclass(slots=True)
class Service:
    """One process, how to see that it is ready, and its log file."""

    name: str
    command: Sequence[str]
    log: Path
    is_ready: Callable[[], bool]
    env: Mapping[str, str] = field(default_factory=dict)
    child: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    seen_ended: float | None = None
    """When it was first seen that the process had ended."""
    pause: float = 0.0
    log_start: int = 0

    def start(self) -> None:
        with self.log.open("ab") as output:
            self.log_start = output.tell()
            self.child = subprocess.Popen(
                self.command,
                env={**os.environ, **self.env},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone
                preexec_fn=_end_with_parent,
            )
        self.started, self.seen_ended = time.monotonic(), None

    @property
    def ended(self) -> bool:
        return self.child is not None and self.child.poll() is not None

    @property
    def end(self) -> str:
        """How the process ended."""
        assert self.child is not None
        status = self.child.returncode
        return f"killed by signal {-status}" if status < 0 else f"exit status {status}"

    def restart_if_due(self) -> bool:
        """Start an ended process again once its pause is over; tell whether it was started."""
        if not self.ended:
            return False
        now = time.monotonic()
        if self.seen_ended is None:
            self.seen_ended = now
        if now - self.started < self.pause:
            return False
        settled = self.seen_ended - self.started > SETTLED_SECONDS
        self.pause = 0.0 if settled else min(max(1.0, 2 * self.pause), LONGEST_PAUSE_SECONDS)
        self.start()
        return True

    def stop(self) -> None:
        if self.child is None:
            return
        self.child.terminate()
        try:
            self.child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()

    def last_words(self, lines: int = 15) -> str:
        """The end of what the current process has logged."""
        with self.log.open("rb") as log:
            log.seek(self.log_start)
            text = log.read().decode(errors="replace")
        return "\n".join(text.splitlines()[-lines:])


def start_and_wait(services: Sequence[Service], stop: StopFlag, *, seconds: float) -> None:
    """Start all at once and wait until all are ready. Raises StartError or Stopped."""
    for service in services:
        service.start()
    deadline = time.monotonic() + seconds
    for service in services:
        while not service.is_ready():
            _require_running(services)
            if time.monotonic() > deadline:
                raise StartError(
                    f"{service.name} is not ready after {seconds:.0f} s:\n{service.last_words()}"
                )
            stop.pause()
    _require_running(services)


def _require_running(services: Sequence[Service]) -> None:
    for service in services:
        if service.ended:
            raise StartError(f"{service.name} did not start:\n{service.last_words()}")


def stop_all(services: Sequence[Service]) -> None:
    """End the services last to first: readers before workers, workers before Redis."""
    for service in reversed(services):
        service.stop()


def _end_with_parent() -> None:
    """In the child: ask Linux for SIGTERM should the supervisor be killed; elsewhere nothing."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)
