"""A running `make up`, for tests: the bundled model, and a worker that comes back if killed."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import psutil

from tests.processes import free_port, process, wait_until


class Up:
    """A running `make up` on ports of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "up.log"
        self.api_port, self.ui_port = free_port(), free_port()
        self.api_url = f"http://127.0.0.1:{self.api_port}"
        self.child: subprocess.Popen[bytes] | None = None

    @contextlib.contextmanager
    def running(self) -> Iterator["Up"]:
        env = {
            **os.environ,
            "DATA_DIR": str(self.folder / "var"),
            "API_PORT": str(self.api_port),
            "UI_PORT": str(self.ui_port),
            "REDIS_PORT": str(free_port()),
        }
        command = [sys.executable, "-m", "infra.local"]
        with process(command, self.log, env) as self.child:
            wait_until(lambda: "Ready in" in self.said(), seconds=90, what="make up is ready")
            yield self

    def said(self) -> str:
        return self.log.read_text()

    def processes(self) -> dict[str, psutil.Process]:
        """The service processes by the last word of their command: services.worker and so on."""
        assert self.child is not None
        return {each.cmdline()[2]: each for each in psutil.Process(self.child.pid).children()}

    def generate(self, body: dict[str, object]) -> dict[str, object]:
        answer = httpx2.post(f"{self.api_url}/generate", json=body, timeout=60).raise_for_status()
        story: dict[str, object] = answer.json()
        return story
