"""Calls: what is sent, and what an error answer becomes."""

import asyncio
import inspect
import socket
import time

import pytest
from opentelemetry import trace
from starlette.responses import PlainTextResponse

from shared.client import ApiError, AsyncClient, Client, ClientCode, ClientSettings, OverLimitError
from shared.errors import ErrorCode
from shared.jobs import JobView
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, JobStatus
from shared.tracing import context_of
from tests.fake_api import FakeApi, problem


def test_a_created_job_carries_the_request(api: FakeApi, client: Client) -> None:
    request = GenerateRequest(story_seed="A fox", sampling=SamplingParams(temperature=0.3, seed=5))
    view = client.jobs.create(request)
    assert client.jobs.read(view.id).request == request


def test_request_carries_the_trace_that_it_belongs_to_if_any(api: FakeApi, client: Client) -> None:
    traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client.jobs.create(GenerateRequest(story_seed="A fox"))
    with trace.use_span(trace.get_current_span(context_of(traceparent))):
        client.jobs.create(GenerateRequest(story_seed="A fox"))
    assert api.traceparents == [None, traceparent]


def test_each_of_many_readers_asks_for_itself(api: FakeApi, settings: ClientSettings) -> None:
    tabs = iter(["one", None, "two"])
    with Client(settings=settings, session=lambda: next(tabs)) as client:
        for _ in range(3):
            client.jobs.create(GenerateRequest(story_seed="A fox"))
    assert api.sessions == ["one", None, "two"]


def test_request_that_was_cut_off_is_sent_again_under_the_same_key(
    api: FakeApi, client: Client
) -> None:
    api.cuts_before_create = 2
    client.jobs.create(GenerateRequest(story_seed="A fox"))
    client.jobs.create(GenerateRequest(story_seed="A fox"))
    assert len(api.keys) == 4
    assert None not in api.keys
    assert len(set(api.keys[:3])) == 1
    assert api.keys[3] != api.keys[0]


def test_request_that_is_cut_off_every_time_is_given_up(api: FakeApi, client: Client) -> None:
    api.cuts_before_create = 9
    with pytest.raises(ApiError) as caught:
        client.jobs.create(GenerateRequest(story_seed="A fox"))
    assert caught.value.code == ClientCode.UNREACHABLE
    assert 2 < len(api.keys) < 8
    assert len(set(api.keys)) == 1


def test_busy_service_is_asked_again_when_it_says_under_the_same_key(
    api: FakeApi, settings: ClientSettings
) -> None:
    busy = problem(429, ErrorCode.QUEUE_FULL, "Many wait.")
    busy.headers["Retry-After"] = "1"
    api.refusals = [busy]
    began = time.monotonic()
    with Client(settings=settings, retry_seconds=5) as client:
        client.jobs.create(GenerateRequest(story_seed="A fox"))
    assert time.monotonic() - began >= 1
    assert len(api.jobs) == 1
    assert len(api.keys) == 2
    assert len(set(api.keys)) == 1


def test_who_asks_to_wait_for_longer_than_we_would_is_told_so(api: FakeApi, client: Client) -> None:
    busy = problem(429, ErrorCode.TOO_MANY_JOBS, "Many of yours.")
    busy.headers["Retry-After"] = "40"
    api.refusals = [busy]
    with pytest.raises(OverLimitError) as caught:
        client.jobs.create(GenerateRequest(story_seed="A fox"))
    assert (caught.value.retry_after, len(api.keys)) == (40, 1)


def test_the_other_face_asks_again_in_the_same_way(api: FakeApi, settings: ClientSettings) -> None:
    api.cuts_before_create = 1
    api.refusals = [problem(503, ErrorCode.STORE_UNAVAILABLE, "Away.")]

    async def create() -> JobView:
        async with AsyncClient(settings=settings) as client:
            return await client.jobs.create(GenerateRequest(story_seed="A fox"))

    assert asyncio.run(create()).id in api.jobs
    assert len(api.keys) == 3
    assert len(set(api.keys)) == 1


def test_address_and_key_are_given_or_stand_in_the_environment(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("API_URL", api.url)
    monkeypatch.setenv("API_KEY", "anna")
    for client in (Client(), Client(api_key="ben")):
        with client:
            client.jobs.create(GenerateRequest(story_seed="A fox"))
    monkeypatch.setenv("API_URL", "http://127.0.0.1:1")
    monkeypatch.delenv("API_KEY")
    with Client(api.url) as client:
        client.jobs.create(GenerateRequest(story_seed="A fox"))
    assert api.authorizations == ["Bearer anna", "Bearer ben", None]


def test_calls_say_what_they_do() -> None:
    with Client("http://127.0.0.1:1") as client:
        assert client.jobs.create.__doc__ is not None
        assert "within" in str(inspect.signature(client.jobs.read))


def test_cancelling_ends_the_story(api: FakeApi, client: Client) -> None:
    job = api.add(written=2)
    client.jobs.cancel(job.id)
    assert client.jobs.read(job.id, wait=1).status is JobStatus.CANCELLED


def test_an_unknown_job_is_named_as_such(client: Client) -> None:
    with pytest.raises(ApiError, match="no job of yours") as caught:
        client.jobs.read("nothing")
    assert (caught.value.code, caught.value.status) == (ErrorCode.UNKNOWN_JOB, 404)


@pytest.mark.parametrize(
    "hostile", ["../jobs", ".", "..", "", "job-1/events", "job-1?x", "job-1#x", "\0", "a" * 9_000]
)
def test_what_cannot_be_an_id_is_no_story(api: FakeApi, client: Client, hostile: str) -> None:
    api.add()
    for ask in (lambda: client.jobs.read(hostile), lambda: list(client.jobs.watch(hostile))):
        with pytest.raises(ApiError, match="no job of yours") as caught:
            ask()
        assert caught.value.code == ErrorCode.UNKNOWN_JOB


def test_a_refused_field_is_named(api: FakeApi, client: Client) -> None:
    refused = [{"field": "sampling.temperature", "message": "must be at most 5"}]
    api.refuse_create = problem(422, ErrorCode.INVALID_REQUEST, "Not valid.", errors=refused)
    with pytest.raises(ApiError) as caught:
        client.jobs.create(GenerateRequest(story_seed="A fox"))
    assert [field.model_dump() for field in caught.value.fields] == refused
    assert not caught.value.is_transient


def test_an_answer_that_is_no_problem_document_still_becomes_an_error(
    api: FakeApi, client: Client
) -> None:
    api.refuse_create = PlainTextResponse("<h1>Bad Gateway</h1>", 502, {"Retry-After": "3"})
    with pytest.raises(ApiError, match="502") as caught:
        client.jobs.create(GenerateRequest(story_seed="A fox"))
    assert caught.value.code == ClientCode.BAD_ANSWER
    assert caught.value.retry_after == 3
    assert caught.value.is_transient


def test_an_api_that_is_down_is_said_to_be_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    settings = ClientSettings.model_validate({"api_url": f"http://127.0.0.1:{port}"})
    with (
        Client(settings=settings, retry_seconds=0) as client,
        pytest.raises(ApiError, match=str(port)) as caught,
    ):
        client.jobs.read("job-1")
    assert (caught.value.code, caught.value.status) == (ClientCode.UNREACHABLE, None)
