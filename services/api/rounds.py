"""Work that is done again and again, whatever goes wrong in one round of it."""

import random
import time
from collections.abc import Awaitable, Callable

import anyio
import structlog

from shared.errors import LibraryUnavailableError, StoreUnavailableError

LONGEST_BACKOFF_SECONDS = 5.0
_log = structlog.get_logger(__name__)


async def repeat(work: Callable[[], Awaitable[float]], closing: anyio.Event) -> None:
    """Until `closing`; `work` answers the period, in seconds, at whose end it is to be done again.

    To cancel it would do no harm to jobs, but aiosqlite, cancelled within a transaction, was seen
    to leave its connection and the thread of it behind.
    """
    failures = 0
    while not closing.is_set():
        try:
            seconds = until_next(await work())
            failures = 0
        except (StoreUnavailableError, LibraryUnavailableError) as error:
            failures += 1
            seconds = _backoff(failures)
            _log.warning("work waits", work=work.__qualname__, reason=error.detail)
        except Exception:
            # The outermost level: what got out of here would end the loops beside this one, too.
            failures += 1
            seconds = _backoff(failures)
            _log.exception("work failed", work=work.__qualname__)
        with anyio.move_on_after(seconds):
            await closing.wait()


def until_next(period: float) -> float:
    """Seconds to the next multiple of a period, of the monotonic clock: all who have the same one
    wake a process that has nothing else to do at the same time, and so less often.
    """
    return period - time.monotonic() % period if period else 0.0


def _backoff(failures: int) -> float:
    return random.uniform(0.5, 1) * min(LONGEST_BACKOFF_SECONDS, 0.1 * 2.0 ** min(failures, 10))
