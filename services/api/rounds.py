"""Work that is done again and again, whatever goes wrong in one round of it."""

import random
from collections.abc import Awaitable, Callable

import anyio
import structlog

from shared.errors import LibraryUnavailableError, StoreUnavailableError

LONGEST_BACKOFF_SECONDS = 5.0
_log = structlog.get_logger(__name__)


async def repeat(work: Callable[[], Awaitable[float]], closing: anyio.Event) -> None:
    """Until `closing`; `work` answers how many seconds to pause before the next time.

    To cancel it would do no harm to jobs, but aiosqlite, cancelled within a transaction, was seen
    to leave its connection and the thread of it behind.
    """
    failures = 0
    while not closing.is_set():
        try:
            seconds = await work()
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


def _backoff(failures: int) -> float:
    return random.uniform(0.5, 1) * min(LONGEST_BACKOFF_SECONDS, 0.1 * 2.0 ** min(failures, 10))
