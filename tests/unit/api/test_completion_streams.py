"""`POST /v1/completions` with `stream`: chunks as they are written, and `[DONE]`."""

import json
from pathlib import Path

import httpx2

from tests.processes import wait_until
from tests.unit.api.acting import MODEL, Actor, story
from tests.unit.api.completing import PROMPT, chunks, claims, status, streamed, text_of, write
from tests.unit.api.serving import api_settings, serving, sqlite_url


def test_text_comes_in_chunks_and_ends_with_done(http: httpx2.Client, actor: Actor) -> None:
    with streamed(http, echo=True) as lines:
        [claim] = claims(actor)
        actor.write(1)
        first, second = (json.loads(next(lines).removeprefix("data: ")) for _ in range(2))
        assert [first["choices"][0]["text"], second["choices"][0]["text"]] == [PROMPT, story(1)]
        actor.write(2)
        actor.finish()
        told = [first, second, *chunks(lines)]
    assert text_of(told) == PROMPT + story(3)
    reasons = [chunk["choices"][0]["finish_reason"] for chunk in told]
    assert reasons == [None] * (len(told) - 1) + ["stop"]
    assert {chunk["id"] for chunk in told} == {f"cmpl-{claim.job_id}"}
    assert {chunk["object"] for chunk in told} == {"text_completion"}
    assert {chunk["model"] for chunk in told} == {MODEL}
    assert all("usage" not in chunk for chunk in told)


def test_every_byte_is_a_line_that_simple_clients_understand(
    http: httpx2.Client, actor: Actor
) -> None:
    body = {"prompt": PROMPT, "stream": True}
    with http.stream("POST", "/v1/completions", json=body) as response:
        [claim] = claims(actor)
        write(actor, claim, 1)
        content = response.read()
    assert b"\r" not in content
    assert content.endswith(b"data: [DONE]\n\n")
    assert all(part.startswith(b"data: ") for part in content.split(b"\n\n")[:-1])


def test_choices_are_told_side_by_side_with_usage_at_the_end(
    http: httpx2.Client, actor: Actor
) -> None:
    with streamed(http, n=2, stream_options={"include_usage": True}) as lines:
        first, second = claims(actor, 2)
        write(actor, second, 3)
        write(actor, first, 2)
        *told, last = chunks(lines)
    assert [text_of(told, 0), text_of(told, 1)] == [story(2), story(3)]
    assert [chunk["usage"] for chunk in told] == [None] * len(told)
    assert last["choices"] == []
    assert last["usage"] == {"prompt_tokens": 5, "completion_tokens": 5, "total_tokens": 10}


def test_reader_who_leaves_cancels_what_is_still_written(http: httpx2.Client, actor: Actor) -> None:
    with streamed(http, n=2) as lines:
        first, second = claims(actor, 2)
        write(actor, first, 1)
        actor.claimed, actor.written = second, 0
        actor.write(1)
        while '"finish_reason":"stop"' not in next(lines):
            pass
    wait_until(lambda: status(actor, second) == "cancelled", seconds=5, what="cancelled")
    assert status(actor, first) == "succeeded"


def test_failure_is_told_in_the_stream_and_ends_all_of_it(
    http: httpx2.Client, actor: Actor
) -> None:
    with streamed(http, n=2) as lines:
        first, second = claims(actor, 2)
        actor.claimed = first
        actor.fail()
        *_, last = chunks(lines)
    assert last["error"]["code"] == "generation_failed"
    assert last["error"]["type"] == "server_error"
    wait_until(lambda: status(actor, second) == "cancelled", seconds=5, what="cancelled")


def test_server_that_stops_says_so(redis_url: str, tmp_path: Path, actor: Actor) -> None:
    with serving(api_settings(redis_url, sqlite_url(tmp_path))) as url:
        stopping = httpx2.Client(base_url=url, timeout=20)
        stream = streamed(stopping)
        lines = stream.__enter__()
        claims(actor)
        actor.write(1)
        assert story(1) in next(lines)
    *_, last = chunks(lines)
    assert last["error"]["code"] == "server_stopping"
    stream.__exit__(None, None, None)
    stopping.close()
