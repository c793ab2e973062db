"""A watched story arrives once and whole, whatever happens to the connection, for both faces."""

import threading
import time
from collections.abc import Iterable, Iterator

import pytest
from starlette.responses import Response

from shared.client import Client
from shared.client.errors import ApiError, ClientCode
from shared.errors import ErrorCode
from shared.events import (
    CheckpointEvent,
    DoneEvent,
    Event,
    StartedEvent,
    TokenEvent,
    is_terminal,
)
from shared.jobs import JobError
from tests.fake_api import PING, FakeApi, frame, problem
from tests.fake_job import PIECES, Cut
from tests.unit.shared.client.conftest import Watching

STARTED = StartedEvent(worker="w1", model="fake", attempt=1)


def tokens_of(events: Iterable[Event]) -> Iterator[TokenEvent]:
    return (event for event in events if isinstance(event, TokenEvent))


def test_a_whole_story_is_watched_to_its_end(api: FakeApi, watched: Watching) -> None:
    job = api.add()
    events = watched(job.id)
    assert [token.text for token in tokens_of(events)] == PIECES
    assert [event.type for event in events[-2:]] == ["checkpoint", "done"]


def test_a_cut_stream_goes_on_without_gap_or_repeat(api: FakeApi, watched: Watching) -> None:
    job = api.add()
    whole = frame(job.token(6))
    job.scripts = [
        [STARTED, *job.tokens(1, 3), Cut()],
        [problem(503, ErrorCode.STORE_UNAVAILABLE, "The store is down.")],
        [STARTED, *job.tokens(4, 5), whole[: len(whole) // 2], Cut()],
        [Cut()],
    ]
    events = watched(job.id)
    assert [token.index for token in tokens_of(events)] == list(range(1, len(PIECES) + 1))
    assert job.cursors == [0, 3, 3, 5, 5]
    assert events.count(STARTED) == 1


def test_repeated_tokens_are_dropped_and_missing_ones_fetched(
    api: FakeApi, watched: Watching
) -> None:
    job = api.add()
    job.scripts = [[*job.tokens(1, 3), *job.tokens(2, 4), *job.tokens(6, 7), Cut()]]
    events = watched(job.id)
    assert [token.index for token in tokens_of(events)] == list(range(1, len(PIECES) + 1))
    assert job.cursors == [0, 4]


def test_a_gap_that_stays_is_an_error(api: FakeApi, watched: Watching) -> None:
    job = api.add()
    job.scripts = [[job.token(2)] for _ in range(9)]
    with pytest.raises(ApiError) as caught:
        watched(job.id)
    assert caught.value.code == ClientCode.GAP


def test_a_text_that_differs_from_its_checkpoint_is_an_error(
    api: FakeApi, watched: Watching
) -> None:
    job = api.add()
    job.scripts = [[*job.tokens(1, 2), job.checkpoint(2), *job.tokens(3, 4), job.checkpoint(3)]]
    forged = CheckpointEvent(index=4, sha256="f" * 64)
    job.scripts[0][-1] = forged
    with pytest.raises(ApiError, match="token 4") as caught:
        watched(job.id)
    assert caught.value.code == ClientCode.TEXT_MISMATCH


def test_a_receipt_for_another_text_is_an_error(api: FakeApi, watched: Watching) -> None:
    job = api.add()
    forged = job.receipt.model_copy(update={"text_sha256": "f" * 64})
    job.scripts = [[*job.tokens(1, 8), job.done().model_copy(update={"receipt": forged})]]
    with pytest.raises(ApiError) as caught:
        watched(job.id)
    assert caught.value.code == ClientCode.TEXT_MISMATCH


def test_an_ending_that_comes_too_early_is_a_gap(api: FakeApi, watched: Watching) -> None:
    job = api.add()
    job.scripts = [[*job.tokens(1, 2), job.done()]]
    assert [token.text for token in tokens_of(watched(job.id))] == PIECES
    assert job.cursors == [0, 2]


def test_a_reader_from_the_middle_cannot_check_the_text(api: FakeApi, watched: Watching) -> None:
    job = api.add()
    events = watched(job.id, after=5)
    assert [token.index for token in tokens_of(events)] == [6, 7, 8]
    assert is_terminal(events[-1])


def test_nothing_to_add_means_that_the_job_tells_the_ending(
    api: FakeApi, watched: Watching
) -> None:
    job = api.add()
    job.scripts = [[*job.tokens(1, 8), Cut()], [Response(status_code=204)]]
    events = watched(job.id)
    assert isinstance(events[-1], DoneEvent)
    assert events[-1] == job.done()


def test_nothing_to_add_to_a_failed_job_ends_with_its_error(
    api: FakeApi, watched: Watching
) -> None:
    job = api.add(written=2)
    job.error = JobError(code=ErrorCode.GENERATION_FAILED, detail="The model broke.")
    job.scripts = [[*job.tokens(1, 2), Cut()], [Response(status_code=204)]]
    assert watched(job.id)[-1] == job.ending()


@pytest.mark.parametrize("odd", [b"event: riddle\ndata: {}\n\n", b"event: token\ndata: {\n\n"])
def test_an_event_that_makes_no_sense_is_an_error(
    api: FakeApi, watched: Watching, odd: bytes
) -> None:
    job = api.add()
    job.scripts = [[job.token(1), odd, *job.tokens(2, 3)]]
    with pytest.raises(ApiError) as caught:
        watched(job.id)
    assert caught.value.code == ClientCode.BAD_ANSWER


def test_an_unknown_job_is_refused_at_once(watched: Watching) -> None:
    with pytest.raises(ApiError) as caught:
        watched("nothing")
    assert caught.value.code == ErrorCode.UNKNOWN_JOB


def test_silence_ends_the_patience(api: FakeApi, watched: Watching) -> None:
    job = api.add(written=2)
    began = time.monotonic()
    with pytest.raises(ApiError) as caught:
        watched(job.id)
    assert caught.value.code == ClientCode.STALLED
    assert 2 <= time.monotonic() - began < 10


def test_pings_are_life(api: FakeApi, watched: Watching) -> None:
    job = api.add()
    job.scripts = [[*[step for _ in range(8) for step in (PING, 0.3)], Cut()]]
    began = time.monotonic()
    events = watched(job.id)
    assert time.monotonic() - began > 2, "the patience of two seconds was not put to the test"
    assert len(list(tokens_of(events))) == len(PIECES)


def test_a_reader_that_takes_its_time_is_not_given_up(api: FakeApi, client: Client) -> None:
    job = api.add()
    job.scripts = [[job.token(1), Cut()]]
    texts = []
    for token in tokens_of(client.jobs.watch(job.id)):
        texts.append(token.text)
        if token.index == 1:
            time.sleep(2.5)  # longer than a silence of the service is borne
    assert texts == PIECES


def test_a_watch_that_waits_can_be_closed(api: FakeApi, client: Client) -> None:
    job = api.add(written=0)
    job.position = 3
    watch = client.jobs.watch(job.id)
    thread = threading.Thread(target=lambda: list(watch))
    thread.start()
    while not job.readers:
        time.sleep(0.01)
    watch.close()
    job.position = 2
    thread.join(5)
    assert not thread.is_alive()


def test_trouble_is_told_while_it_lasts(api: FakeApi, client: Client) -> None:
    job = api.add()
    job.scripts = [[job.token(1), Cut()], [problem(503, ErrorCode.MODEL_UNAVAILABLE, "No worker.")]]
    watch = client.jobs.watch(job.id)
    told: list[str | None] = []
    job.on_connect = lambda: told.append(watch.trouble.code if watch.trouble else None)
    list(watch)
    assert told == [None, ClientCode.UNREACHABLE, ErrorCode.MODEL_UNAVAILABLE]
    assert watch.trouble is None
