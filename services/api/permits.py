"""Sending Celery permits without blocking the event loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import structlog
from celery import Celery
from kombu.exceptions import OperationalError

from shared.broker import send_permit

SEND_SECONDS = 3.0
_log = structlog.get_logger(__name__)


class Permits:
    def __init__(self, app: Celery) -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="permit")

    async def send(self, model: str) -> None:
        """A permit that cannot be sent is only logged: the workers' janitor issues it again."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await loop.run_in_executor(self._threads, send_permit, self._app, model)
        except (OperationalError, TimeoutError) as error:
            _log.warning("permit not sent", model=model, reason=repr(error))
        except Exception:
            # kombu raised an AttributeError when its channel was closed under another thread. The
            # job is accepted, and its caller must hear so, whatever became of the permit.
            _log.exception("permit not sent", model=model)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._app.close()
