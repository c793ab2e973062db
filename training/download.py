"""Asks a mirror for books politely: one at a time, with pauses, obeying what it asks for.

Knows nothing of checksums or where the books go.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self

import httpx2
import stamina

from training.catalogue import CatalogueBook

MIRROR = "https://www.gutenberg.org/cache/epub/{number}/pg{number}.txt"
USER_AGENT = "once-training-fetch/1 (a story model's training data; one file at a time)"
ATTEMPTS = 5
LONGEST_WAIT_SECONDS = 120.0
"""A mirror that asks for more patience than this is left in peace until another run."""

BACK_OFF_SECONDS = 1.0
TIMEOUT = httpx2.Timeout(30, connect=10)


class NotToBeHad(Exception):
    """The mirror has no such book, or did not give it in several attempts."""


class AskedToLeave(NotToBeHad):
    """The mirror wants more patience than a run has: ask for nothing more today."""


class Busy(Exception):
    """Another attempt may succeed."""


class Mirror:
    def __init__(
        self,
        address: str = MIRROR,
        *,
        pause: float,
        sleep: Callable[[float], None] = time.sleep,
        back_off: float = BACK_OFF_SECONDS,
    ) -> None:
        self._address, self._pause, self._sleep = address, pause, sleep
        self._back_off = back_off
        self._asked = False
        self._client = httpx2.Client(
            headers={"User-Agent": USER_AGENT}, timeout=TIMEOUT, follow_redirects=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._client.close()

    def get(self, book: CatalogueBook) -> bytes:
        """Raise `NotToBeHad` with the reason; 5xx, 429 and broken connections are tried again."""
        if self._asked:
            self._sleep(self._pause)
        self._asked = True
        address = self._address.format(number=book.number)
        try:
            for attempt in stamina.retry_context(
                on=(Busy, httpx2.TransportError),
                attempts=ATTEMPTS,
                timeout=None,
                wait_initial=timedelta(seconds=self._back_off),
                wait_max=timedelta(seconds=30 * self._back_off),
                wait_jitter=timedelta(seconds=self._back_off),
            ):
                with attempt:
                    return self._ask(address)
        except (Busy, httpx2.HTTPError) as reason:
            raise NotToBeHad(f"{book.number} {book.title}: {reason!r} at {address}") from reason
        raise AssertionError("the last attempt returns or raises")

    def _ask(self, address: str) -> bytes:
        answer = self._client.get(address)
        if answer.status_code == httpx2.codes.TOO_MANY_REQUESTS or answer.is_server_error:
            self._wait_as_told(answer)
            raise Busy(f"{answer.status_code} {answer.reason_phrase}")
        answer.raise_for_status()
        return answer.content

    def _wait_as_told(self, answer: httpx2.Response) -> None:
        seconds = retry_after(answer.headers.get("Retry-After", ""))
        if seconds > LONGEST_WAIT_SECONDS:
            raise AskedToLeave(f"the mirror asks to come back in {seconds:.0f} seconds")
        self._sleep(seconds)


def retry_after(header: str) -> float:
    """Seconds to wait, of a number of seconds or a date; 0 where there is neither."""
    if header.isdecimal():
        return float(header)
    try:
        return max(0.0, (parsedate_to_datetime(header) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
