"""How long to wait before something is tried again. Pure but for chance; whoever asks does wait."""

import random
from typing import Any

import httpx2

from shared.client.calls import Call
from shared.client.errors import ApiError
from shared.errors import ErrorCode

FIRST_SECONDS = 0.1
LONGEST_SECONDS = 5.0
_LATER_STATUSES = frozenset({429, 502, 503, 504})


def pause(tries: int, *, retry_after: float | None) -> float:
    """Seconds; longer with every try in vain, and never shorter than the API asks for.

    Half of it is chance, so that those who were cut off together do not come back together.
    """
    longest = min(LONGEST_SECONDS, FIRST_SECONDS * float(2 ** min(tries, 10)))
    return max(retry_after or 0.0, longest * random.uniform(0.5, 1))


class Tries:
    """The tries of one call. All pauses between them last `budget` seconds at most."""

    def __init__(self, call: Call[Any], budget: float) -> None:
        self._left = budget if call.is_repeatable else 0
        self._tries = 0

    def pause_after(self, error: ApiError) -> float:
        """Seconds until the next try. Raises the error if there is none."""
        self._tries += 1
        seconds = pause(self._tries, retry_after=error.retry_after)
        if seconds > self._left or not _may_pass(error):
            raise error
        self._left -= seconds
        return seconds


def _may_pass(error: ApiError) -> bool:
    """The API says so, or there was no connection, or it broke; a slow API is not hurried.

    A model that nobody serves may as well be a name that was mistyped: who asked is told at once.
    """
    if error.code == ErrorCode.MODEL_UNAVAILABLE:
        return False
    cause = error.__cause__
    return error.status in _LATER_STATUSES or (
        isinstance(cause, httpx2.TransportError) and not isinstance(cause, httpx2.TimeoutException)
    )
