"""`once` in this process, or as one of its own."""

import contextlib
import os
import pty
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from dataclasses import dataclass

from typer.testing import CliRunner

from services.ui.terminal.app import app

COMMAND = [sys.executable, "-m", "services.ui.terminal"]


@dataclass(frozen=True, slots=True)
class Ended:
    code: int
    out: str
    err: str


def once(*words: str, env: dict[str, str] | None = None) -> Ended:
    """With its output in pipes."""
    result = CliRunner(env=env).invoke(app, words)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ended(result.exit_code, result.stdout, result.stderr)


@contextlib.contextmanager
def running(*words: str) -> Iterator["subprocess.Popen[str]"]:
    """Ended with the block, if it is not by then."""
    process = subprocess.Popen(
        [*COMMAND, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        # Whoever runs the tests in the background may have them ignore interrupts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def on_a_terminal(*words: str, columns: int = 100) -> tuple[int, str]:
    """Its exit code, and all that a terminal of so many columns was sent."""
    leader, follower = pty.openpty()
    termios.tcsetwinsize(follower, (40, columns))
    # A size in the environment goes before the terminal's own.
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(columns)}
    with subprocess.Popen(
        [*COMMAND, *words], stdin=follower, stdout=follower, stderr=follower, env=env
    ) as process:
        os.close(follower)
        sent = b""
        # Linux says EIO once nobody has the terminal open any more.
        with contextlib.suppress(OSError):
            while chunk := os.read(leader, 65_536):
                sent += chunk
        os.close(leader)
        return process.wait(10), sent.decode()
