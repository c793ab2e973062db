"""One story, one trace: from the request through two workers, one of them killed, to its reader."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.collector import Collector, KeptSpan, collecting
from tests.integration.conftest import finished, request, tokens_written
from tests.processes import wait_until
from tests.readers import Reading
from tests.stack import Stack, running_stack

TOKENS = 600


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as running:
        yield running


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, endless_model: Path, collector: Collector
) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("stack")
    with running_stack(
        folder,
        MODEL=str(endless_model),
        OTEL_EXPORTER_OTLP_ENDPOINT=collector.url,
        OTEL_BSP_SCHEDULE_DELAY="50",
        LOG_FORMAT="json",
    ) as running:
        yield running


def test_story_is_one_trace_across_a_killed_worker(stack: Stack, collector: Collector) -> None:
    stack.add_workers("one", "two")
    trace_id, click = secrets.token_hex(16), secrets.token_hex(8)
    body = request(31, tokens=TOKENS)
    headers = {"traceparent": f"00-{trace_id}-{click}-01"}
    answer = httpx2.post(f"{stack.api_url}/v1/jobs", json=body, headers=headers)
    job_id = answer.raise_for_status().json()["id"]
    wait_until(lambda: bool(steps(collector, trace_id)), seconds=30, what="a step's span")
    owner = steps(collector, trace_id)[0].instance
    heir = "two" if owner == "one" else "one"
    stack.kill(owner)
    reading = Reading(stack.api_url, job_id)
    reading.read()
    (job,) = finished(stack, [job_id])
    assert job["attempts"] == 2
    told = tokens_written(stack, job_id)
    wait_until(lambda: ended(collector, trace_id), seconds=10, what="the trace's end")

    spans = collector.of(trace_id)
    by_name = {span.name: span for span in spans}
    asked, write, relay = by_name["POST /v1/jobs"], by_name["write"], by_name["relay"]
    assert (asked.service, asked.parent_id) == ("once-api", click)
    assert by_name["permit"].parent_id == asked.span_id
    # Of the killed worker there is what it had sent; its `write` never ended.
    assert {span.instance for span in spans if span.name == "prefill"} == {owner, heir}
    assert (write.instance, write.parent_id) == (heir, asked.span_id)
    assert write.attributes["once.attempt"] == 2
    resumed_at = write.attributes["once.resumed_at"]
    assert isinstance(resumed_at, int)
    assert 32 <= resumed_at < told
    assert (write.attributes["once.fate"], write.attributes["once.tokens"]) == ("succeeded", told)
    sampled = [step for step in steps(collector, trace_id) if step.parent_id == write.span_id]
    assert [step.attributes["once.index"] for step in sampled] == [
        index for index in range(32, told + 1, 32) if index > resumed_at + 1
    ]
    assert (relay.service, relay.parent_id) == ("once-api", asked.span_id)
    assert relay.attributes["once.told"] == told
    assert relay.linked
    wait_until(
        lambda: relay.linked <= streams(collector),
        seconds=10,
        what="the streams' spans, which end behind the relay's",
    )
    check_logs(stack, job_id, trace_id)
    stack.terminate(heir)


def check_logs(stack: Stack, job_id: str, trace_id: str) -> None:
    """Whoever has to do with the story says so under its id and its trace's."""
    lines = [line for name in ("api", "one", "two") for line in log_lines(stack, name)]
    told = [line for line in lines if line.get("job_id") == job_id]
    traced = [line for line in told if line.get("trace_id") == trace_id]
    assert [line["event"] for line in told if line not in traced] == ["lease ran out"]
    assert sorted((line["service"], line["event"]) for line in traced) == [
        ("api", "accepted"),
        ("api", "stream over"),
        ("worker", "claimed"),
        ("worker", "claimed"),
        ("worker", "story over"),
    ]


def test_health_checks_leave_no_trace(stack: Stack, collector: Collector) -> None:
    for path in ("healthz", "readyz", "metrics"):
        httpx2.get(f"{stack.api_url}/{path}")
    httpx2.get(f"{stack.api_url}/v1/queue").raise_for_status()
    wait_until(lambda: bool(collector.named("GET /v1/queue")), seconds=10, what="a request's span")
    names = {span.name for span in collector.spans}
    assert not {name for name in names if "healthz" in name or "readyz" in name}
    assert "GET /metrics" not in names


def test_last_spans_are_sent_on_the_way_out(stack: Stack, collector: Collector) -> None:
    stack.stop_api()
    stack.settings = {**stack.settings, "OTEL_BSP_SCHEDULE_DELAY": "600000"}
    stack.start_api()
    httpx2.get(f"{stack.api_url}/v1/stories").raise_for_status()
    assert not collector.named("GET /v1/stories")
    stack.stop_api()
    assert collector.named("GET /v1/stories")


def steps(collector: Collector, trace_id: str) -> list[KeptSpan]:
    return [span for span in collector.of(trace_id) if span.name == "step"]


def streams(collector: Collector) -> set[str]:
    """Traces of the requests for events."""
    return {span.trace_id for span in collector.named("GET /v1/jobs/{job_id}/events")}


def ended(collector: Collector, trace_id: str) -> bool:
    return {"write", "relay"} <= {span.name for span in collector.of(trace_id)}


def log_lines(stack: Stack, name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in stack.log_of(name).splitlines() if line.startswith("{")]
