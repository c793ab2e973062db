"""A reader writes down all that it is told, also what should not have come."""

import random
from collections.abc import Sequence

import httpx2

from tests.faults.reader import read_with_cuts
from tests.faults.records import Reading

TOKEN = 'id: 1\r\nevent: token\r\ndata: {"index": 1, "ids": [7], "text": "once"}\r\n\r\n'
PROOF = 'event: checkpoint\r\ndata: {"index": 1, "sha256": "aa"}\r\n\r\n'
DONE = 'event: done\r\ndata: {"finish_reason": "stop"}\r\n\r\n'
OTHER = "event: cancelled\r\ndata: {}\r\n\r\n"
COOKIE = {"Set-Cookie": "once_ended=1; Path=/v1/jobs/a/events; Max-Age=20"}
NO_MORE = httpx2.Response(204)


def told(text: str, headers: dict[str, str] | None = None) -> httpx2.Response:
    return httpx2.Response(200, headers=headers, text=text)


async def read(answers: Sequence[httpx2.Response]) -> tuple[Reading, list[httpx2.Request]]:
    left, requests = iter(answers), list[httpx2.Request]()

    def answer(request: httpx2.Request) -> httpx2.Response:
        requests.append(request)
        return next(left)

    reading = Reading("a", "0")
    async with httpx2.AsyncClient(transport=httpx2.MockTransport(answer)) as http:
        await read_with_cuts(reading, http, ["http://api"], random.Random(3), tenant="anna")
    return reading, requests


async def test_reader_comes_back_for_the_ending_until_it_is_let_go() -> None:
    reading, requests = await read([told(TOKEN + DONE), told(DONE, COOKIE), NO_MORE])
    assert [ending.kind for ending in reading.endings] == ["done", "done"]
    assert reading.let_go_at is not None
    assert reading.text == "once"
    assert not reading.afterwards
    assert [request.headers.get("Last-Event-ID") for request in requests] == [None, "1", "1"]
    assert [request.headers.get("Cookie") for request in requests] == [None, None, "once_ended=1"]


async def test_proof_may_be_told_once_more_where_a_connection_begins() -> None:
    """A cursor counts tokens: it does not say whether the checkpoint there was heard."""
    reading, _ = await read([told(TOKEN + DONE), told(PROOF + DONE, COOKIE), NO_MORE])
    assert not reading.afterwards
    assert reading.checkpoints == [(1, "aa")]
    reading, _ = await read([told(TOKEN + DONE + PROOF), NO_MORE])
    assert reading.afterwards == ["checkpoint on the same stream"]


async def test_what_follows_an_ending_is_written_down() -> None:
    reading, _ = await read([told(DONE + TOKEN), NO_MORE])
    assert reading.afterwards == ["token on the same stream", "token 1"]
    reading, _ = await read([told(TOKEN + DONE), told(TOKEN + OTHER), NO_MORE])
    assert reading.afterwards == ["token 1"]
    assert [ending.kind for ending in reading.endings] == ["done", "cancelled"]
