"""The UI's client against the real API: both were written from the contract, here they meet."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.ui.settings import UiSettings
from services.ui.state import RETRY_SECONDS
from shared.client import Client
from shared.client.errors import ApiError
from shared.connections import connect
from shared.errors import ErrorCode
from shared.events import CancelledEvent, DoneEvent, Event, QueuedEvent, StartedEvent, TokenEvent
from shared.joblog import documents
from shared.opinions import NewComparison, NewFeedback, Thumbs, Winner
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, JobStatus
from tests.processes import free_port, wait_until
from tests.unit.api.acting import Actor, story
from tests.unit.api.serving import (
    ROOM_KEY,
    api_settings,
    guarded_settings,
    serving,
    sqlite_url,
)

REQUEST = GenerateRequest(story_seed="A fox", sampling=SamplingParams(max_new_tokens=20, seed=7))


@pytest.fixture
def actor(redis_url: str) -> Iterator[Actor]:
    actor = Actor(redis_url, context_length=1024)
    actor.beat()
    yield actor
    actor.close()


@pytest.fixture
def url(redis_url: str, tmp_path: Path) -> Iterator[str]:
    """Outside development: the room comes in by its key."""
    settings = guarded_settings(redis_url, sqlite_url(tmp_path), ui_api_key=ROOM_KEY)
    with serving(settings) as url:
        yield url


def client_of(url: str) -> Client:
    settings = UiSettings.model_validate({"api_url": url, "api_key": ROOM_KEY})
    return Client(settings=settings, retry_seconds=RETRY_SECONDS)


def text_of(events: list[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, TokenEvent))


def test_a_story_is_followed_from_the_queue_to_its_end(url: str, actor: Actor) -> None:
    events: list[Event] = []
    with client_of(url) as client:
        job = client.jobs.create(REQUEST)
        watch = client.jobs.watch(job.id)
        thread = threading.Thread(target=lambda: events.extend(watch))
        thread.start()
        wait_until(lambda: bool(events), seconds=10, what="it is told that it waits")
        actor.claim()
        actor.write(5, checkpoint=True)
        actor.finish()
        thread.join(15)
        assert not thread.is_alive()
        assert client.jobs.read(job.id, wait=1).status is JobStatus.SUCCEEDED
    assert isinstance(events[0], QueuedEvent)
    assert any(isinstance(event, StartedEvent) for event in events)
    assert text_of(events) == story(5)
    assert isinstance(events[-1], DoneEvent)


def test_a_story_is_followed_through_a_restart(
    redis_url: str, actor: Actor, tmp_path: Path
) -> None:
    events: list[Event] = []
    settings = api_settings(redis_url, sqlite_url(tmp_path), api_port=free_port())
    with client_of(f"http://127.0.0.1:{settings.api_port}") as client:
        with serving(settings):
            job = client.jobs.create(REQUEST)
            actor.claim()
            actor.write(3)
            watch = client.jobs.watch(job.id)
            thread = threading.Thread(target=lambda: events.extend(watch))
            thread.start()
            wait_until(lambda: text_of(events) == story(3), seconds=10, what="three tokens")
            actor.write(2)
        actor.finish()
        with serving(settings):
            thread.join(20)
    assert not thread.is_alive()
    assert text_of(events) == story(5)
    assert isinstance(events[-1], DoneEvent)


def test_a_cancelled_story_ends_for_every_reader(url: str, actor: Actor) -> None:
    with client_of(url) as client:
        job = client.jobs.create(REQUEST)
        client.jobs.cancel(job.id)
        for _ in range(3):  # The API answers 204 to a reader that comes back to the end.
            assert list(client.jobs.watch(job.id))[-1] == CancelledEvent()


def test_refusals_carry_code_and_fields(url: str, redis_url: str, actor: Actor) -> None:
    with client_of(url) as client:
        wrong = SamplingParams.model_construct(temperature=9.0)
        with pytest.raises(ApiError) as caught:
            client.jobs.create(REQUEST.model_copy(update={"sampling": wrong}))
        assert (caught.value.code, caught.value.status) == (ErrorCode.INVALID_REQUEST, 422)
        assert [field.field for field in caught.value.fields] == ["sampling.temperature"]
        with pytest.raises(ApiError) as caught:
            list(client.jobs.watch("../nothing"))
        assert caught.value.code == ErrorCode.UNKNOWN_JOB
        redis = connect(redis_url)
        redis.flushall()
        redis.close()
        with pytest.raises(ApiError) as caught:
            client.jobs.create(REQUEST)
        assert caught.value.code == ErrorCode.MODEL_UNAVAILABLE
        assert caught.value.retry_after is not None


def test_story_that_is_not_there_is_told_in_the_words_of_readers(url: str, actor: Actor) -> None:
    with client_of(url) as client:
        for unknown in ("0" * 32, "../nothing"):
            with pytest.raises(ApiError, match="There is no story of yours") as caught:
                client.stories.read(unknown)
            assert (caught.value.code, caught.value.status) == (ErrorCode.UNKNOWN_STORY, 404)


def test_numbers_about_the_service_are_read(url: str, actor: Actor) -> None:
    with client_of(url) as client:
        client.jobs.create(REQUEST)
        actor.claim()
        actor.write(1)
        queue = client.operations.queue()
        assert queue.first_token_seconds is not None
        assert (queue.first_token_seconds.stories, queue.can_kill) == (1, False)
        assert client.opinions.summary().comparisons == 0
        actor.joblog.run(documents.publish("aa", documents.Document.REPORT, "{}"))
        assert client.operations.report(actor.model) == b"{}"


def test_refusals_about_the_service_carry_their_codes(url: str, actor: Actor) -> None:
    with client_of(url) as client:
        for ask, code in (
            (lambda: client.operations.kill_worker("w1"), ErrorCode.SCOPE_MISSING),
            (lambda: client.operations.report(actor.model), ErrorCode.NO_REPORT),
        ):
            with pytest.raises(ApiError) as caught:
                ask()
            assert caught.value.code == code


def test_what_was_said_is_read_back(url: str, actor: Actor) -> None:
    with client_of(url) as client:
        a, b = (_written(client, actor) for _ in range(2))
        for ask in (
            lambda: client.opinions.last_said(a),
            lambda: client.opinions.last_compared(a, b),
            lambda: client.opinions.last_said("../nothing"),
        ):
            with pytest.raises(ApiError) as caught:
                ask()
            assert (caught.value.code, caught.value.status) == (ErrorCode.NO_OPINION, 404)
        said = client.opinions.say(a, NewFeedback(thumbs=Thumbs.UP))
        assert client.opinions.last_said(a) == said
        voted = client.opinions.compare(NewComparison(job_a=a, job_b=b, winner=Winner.B))
        assert client.opinions.last_compared(a, b) == voted
        assert client.opinions.last_compared(b, a).winner is Winner.A


def _written(client: Client, actor: Actor) -> str:
    job = client.jobs.create(REQUEST)
    actor.claim()
    actor.write(2)
    actor.finish()
    return job.id
