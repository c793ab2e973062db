"""How long and how often something is tried again."""

import contextlib
from collections.abc import Iterator

import httpx2
import pytest

from shared.client.calls import Call, making, reading, sending
from shared.client.errors import ApiError, ClientCode, error_of, reaching
from shared.client.pauses import LONGEST_SECONDS, Tries, pause
from shared.errors import ErrorCode
from shared.jobs import JobView
from shared.schemas import GenerateRequest

READ = reading(JobView, "/v1/jobs/1")
MAKE = making(JobView, "/v1/jobs", body=GenerateRequest(story_seed="A fox"))


def busy(*, retry_after: float | None = None) -> ApiError:
    return error_of(ErrorCode.QUEUE_FULL, "Full.", status=429, retry_after=retry_after)


def cut(cause: type[httpx2.RequestError]) -> ApiError:
    with pytest.raises(ApiError) as caught, reaching("http://127.0.0.1:1"):
        raise cause("gone")
    return caught.value


def test_pauses_grow_to_a_limit_and_differ_by_chance() -> None:
    first, later = ({pause(tries, retry_after=None) for _ in range(50)} for tries in (0, 3))
    assert len(first) > 1
    assert max(first) <= 0.1 < min(later)
    assert max(pause(99, retry_after=None) for _ in range(50)) <= LONGEST_SECONDS


def test_the_pauses_of_a_call_last_no_longer_than_its_budget() -> None:
    for call in (READ, MAKE):
        pauses = list(_pauses(Tries(call, 3)))
        assert 1 < sum(pauses) <= 3
        assert len(pauses) < 9


def test_retry_after_is_honoured_if_there_is_time_for_it() -> None:
    tries = Tries(MAKE, 10)
    assert tries.pause_after(busy(retry_after=6)) == 6
    with pytest.raises(ApiError):
        tries.pause_after(busy(retry_after=6))


@pytest.mark.parametrize(
    "call",
    [
        sending(JobView, "POST", "/v1/jobs/1/verify"),
        reading(JobView, "/v1/jobs/1", within=1.5),
    ],
    ids=["not repeatable", "with a patience of its own"],
)
def test_some_calls_are_sent_once(call: Call[JobView]) -> None:
    with pytest.raises(ApiError):
        Tries(call, 30).pause_after(busy())


@pytest.mark.parametrize("code", [ErrorCode.INVALID_REQUEST, ErrorCode.INTERNAL, "no_such_code"])
def test_what_would_come_again_is_not_asked_again(code: str) -> None:
    with pytest.raises(ApiError):
        Tries(MAKE, 30).pause_after(error_of(code, "No.", status=500))


def test_a_model_that_nobody_serves_is_told_at_once() -> None:
    away = error_of(ErrorCode.MODEL_UNAVAILABLE, "No.", status=503, retry_after=5)
    with pytest.raises(ApiError):
        Tries(MAKE, 30).pause_after(away)


def test_a_broken_connection_is_tried_again_and_a_slow_api_is_not_hurried() -> None:
    assert Tries(MAKE, 30).pause_after(cut(httpx2.ReadError)) > 0
    assert Tries(MAKE, 30).pause_after(cut(httpx2.ConnectError)) > 0
    with pytest.raises(ApiError) as caught:
        Tries(MAKE, 30).pause_after(cut(httpx2.ReadTimeout))
    assert caught.value.code == ClientCode.UNREACHABLE


def _pauses(tries: Tries) -> Iterator[float]:
    """Until there is no other try."""
    with contextlib.suppress(ApiError):
        while True:
            yield tries.pause_after(busy())
