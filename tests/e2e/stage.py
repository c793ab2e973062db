"""The writing room as real processes, and the browser that visits it."""

import contextlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Playwright

from services.ui.settings import UiSettings
from shared.client import Client
from tests.processes import free_port, process, wait_until
from tests.stack import Stack, answers, running_stack

WORKER = "writer"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
# Quiet: a browser that looks for updates would wait for a network that tests do not have.
# fmt: off
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]
# fmt: on


@dataclass(frozen=True, slots=True)
class Room:
    """The writing room's address and the stack behind it; `client` is the same person as tabs.

    Pages of a site at `site_port` may read the API.
    """

    url: str
    stack: Stack
    client: Client
    site_port: int

    def slowly(self) -> contextlib.AbstractContextManager[None]:
        return self.stack.slowly()

    def revive(self) -> None:
        """Give the room its worker back if it was killed."""
        if self.stack.workers[WORKER].poll() is not None:
            self.stack.add_worker(WORKER)


@contextlib.contextmanager
def staged(folder: Path, model: Path, *, worker_module: str = "services.worker") -> Iterator[Room]:
    """Redis, API, one worker for the model and the writing room, in development mode."""
    port, site_port = free_port(), free_port()
    settings = {
        "UI_PORT": str(port),
        "MODEL": str(model),
        "DEVELOPMENT": "true",
        "CORS_ORIGINS": f"http://127.0.0.1:{site_port}",
    }
    with running_stack(folder, worker_module=worker_module, **settings) as stack:
        stack.add_worker(WORKER)
        env = {**stack.environment(), "API_URL": stack.api_url}
        with (
            process([sys.executable, "-m", "services.ui"], folder / "ui.log", env),
            Client(settings=UiSettings.model_validate({"api_url": stack.api_url})) as client,
        ):
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: answers(f"{url}/_stcore/health"), seconds=60, what="page up")
            yield Room(url, stack, client, site_port)


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)


def launch_profile(
    playwright: Playwright, folder: Path, *, width: int, height: int, has_touch: bool = False
) -> BrowserContext:
    """One that keeps what it compiled: a page of it took 1.9 core-seconds, of a new context 3.3."""
    return playwright.chromium.launch_persistent_context(
        folder,
        executable_path=CHROMIUM,
        args=FLAGS,
        viewport={"width": width, "height": height},
        has_touch=has_touch,
    )
