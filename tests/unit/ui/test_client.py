"""Calls: what is sent, and what an error answer becomes."""

import socket

import pytest
from opentelemetry import trace
from starlette.responses import PlainTextResponse

from services.ui.client import Client
from services.ui.problems import ApiError, ClientCode
from services.ui.settings import UiSettings
from shared.errors import ErrorCode
from shared.schemas import GenerateRequest, JobStatus, SamplingParams
from shared.tracing import context_of
from tests.unit.ui.fake_api import FakeApi, problem


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


def test_each_of_many_readers_asks_for_itself(api: FakeApi, settings: UiSettings) -> None:
    tabs = iter(["one", None, "two"])
    with Client(settings, session=lambda: next(tabs)) as client:
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
    assert len(api.keys) == 3


def test_cancelling_ends_the_story(api: FakeApi, client: Client) -> None:
    job = api.add(written=2)
    client.jobs.cancel(job.id)
    assert client.jobs.read(job.id, wait=1).status is JobStatus.CANCELLED


def test_an_unknown_job_is_named_as_such(client: Client) -> None:
    with pytest.raises(ApiError, match="no such story") as caught:
        client.jobs.read("nothing")
    assert (caught.value.code, caught.value.status) == (ErrorCode.UNKNOWN_JOB, 404)


@pytest.mark.parametrize(
    "hostile", ["../jobs", ".", "..", "", "job-1/events", "job-1?x", "job-1#x", "\0", "a" * 9_000]
)
def test_what_cannot_be_an_id_is_no_story(api: FakeApi, client: Client, hostile: str) -> None:
    api.add()
    for ask in (lambda: client.jobs.read(hostile), lambda: list(client.jobs.watch(hostile))):
        with pytest.raises(ApiError, match="There is no such story") as caught:
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
    settings = UiSettings.model_validate({"api_url": f"http://127.0.0.1:{port}"})
    with Client(settings) as client, pytest.raises(ApiError, match=str(port)) as caught:
        client.jobs.read("job-1")
    assert (caught.value.code, caught.value.status) == (ClientCode.UNREACHABLE, None)
