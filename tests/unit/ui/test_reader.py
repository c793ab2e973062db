"""A page's reader while the API goes away under it."""

import threading
from collections.abc import Iterator
from types import SimpleNamespace
from typing import NoReturn, cast

from services.ui.reader import Reader
from shared.client import Client
from shared.client.errors import ApiError, ClientCode
from shared.events import TokenEvent

TOKENS = 50


def test_an_api_that_is_away_is_not_asked_anew_for_every_word_that_has_come() -> None:
    """Each such question is asked for a second: so many would hide that the connection is lost."""
    asked = 0
    is_read = threading.Event()

    def come_at_once() -> Iterator[TokenEvent]:
        for index in range(1, TOKENS + 1):
            yield TokenEvent(index=index, text="word ", ids=[index])
        is_read.set()

    def away(job_id: str) -> NoReturn:
        nonlocal asked
        asked += 1
        raise ApiError(ClientCode.UNREACHABLE, "nobody answers")

    jobs = SimpleNamespace(watch=lambda job_id: come_at_once(), read=away)
    reader = Reader(cast("Client", SimpleNamespace(jobs=jobs)), "a-job")
    assert is_read.wait(10)
    assert reader.story.words == TOKENS
    assert asked == 1
