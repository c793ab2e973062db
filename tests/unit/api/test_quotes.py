"""What a job would be like: exactly what its worker would read, and nothing is left behind."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from tokenizers import Tokenizer

from shared.connections import connect
from shared.fitting import fitted_prompt
from shared.joblog import keys
from shared.jobspec import JobSpec
from shared.prompts import build_prompt
from shared.quotes import Quote
from shared.schemas import StoryControls
from tests.unit.api.acting import Actor, tokenizer_json
from tests.unit.api.test_refusals import assert_nothing_waits, problem

SEED = "A fox — 狐"
STORY = "The fox ran over the snow. " * 200 + "\n\nThen it <|endoftext|> slept."
MEMORY, NOTE = "Foxes lie.\nThis one is called Tom.", "It snows again."
CONTEXT = 512
COUNTER = Tokenizer.from_str(tokenizer_json())
COUNTER.encode_special_tokens = True


def count(text: str) -> int:
    return len(COUNTER.encode(text, add_special_tokens=False).ids)


@pytest.fixture
def actor(redis_url: str) -> Iterator[Actor]:
    actor = Actor(redis_url, context_length=CONTEXT)
    actor.beat()
    yield actor
    actor.close()


def quote(http: httpx2.Client, **body: Any) -> Quote:
    answer = http.post("/v1/jobs", params={"dry_run": True}, json={"story_seed": SEED, **body})
    assert answer.status_code == 200, answer.text
    return Quote.model_validate_json(answer.content)


def total(quoted: Quote) -> int:
    return sum(quoted.tokens.model_dump().values())


def as_accepted(http: httpx2.Client, actor: Actor, **body: Any) -> JobSpec:
    assert http.post("/v1/jobs", json={"story_seed": SEED, **body}).status_code == 202
    return actor.claim().spec


def test_opening_is_quoted_as_it_would_be_read(http: httpx2.Client, actor: Actor) -> None:
    body = {"memory": MEMORY, "author_note": NOTE}
    quoted = quote(http, **body)
    assert quoted.prompt == as_accepted(http, actor, **body).prompt
    assert quoted.tokens.instruction == count(build_prompt(SEED, StoryControls()))
    assert quoted.tokens.memory > 10
    assert quoted.tokens.author_note > 5
    assert (quoted.tokens.story, quoted.dropped_chars) == (0, 0)
    assert total(quoted) == count(quoted.prompt)
    assert (quoted.model, quoted.context_length) == ("tiny", CONTEXT)
    assert quoted.room == 256


def test_generate_quotes_as_jobs_do(http: httpx2.Client, actor: Actor) -> None:
    body = {"story_seed": SEED, "sampling": {"seed": 7}}
    answer = http.post("/generate", params={"dry_run": True}, json=body)
    assert answer.status_code == 200
    assert Quote.model_validate_json(answer.content) == quote(http, sampling={"seed": 7})
    assert_nothing_waits(http, actor)


@pytest.mark.parametrize(
    "more", [{}, {"memory": MEMORY}, {"author_note": NOTE}, {"memory": MEMORY, "author_note": NOTE}]
)
@pytest.mark.parametrize("new_tokens", [None, 100])
def test_long_continuation_is_quoted_as_a_worker_would_shorten_it(
    http: httpx2.Client, actor: Actor, more: dict[str, str], new_tokens: int | None
) -> None:
    body = {"story_so_far": STORY, "sampling": {"max_new_tokens": new_tokens}, **more}
    quoted = quote(http, **body)
    spec = as_accepted(http, actor, **body)
    assert quoted.prompt == fitted_prompt(spec, context=CONTEXT, count=count)
    assert total(quoted) == count(quoted.prompt) <= CONTEXT - quoted.room
    assert (quoted.tokens.memory > 0) == ("memory" in more)
    assert (quoted.tokens.author_note > 0) == ("author_note" in more)
    assert quoted.tokens.story > 100
    start = STORY[quoted.dropped_chars :].partition("\n\n")[0]
    assert 0 < quoted.dropped_chars < len(STORY)
    assert start in quoted.prompt
    assert new_tokens is None or quoted.room == new_tokens


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"sampling": {"top_p": 0}}, (422, "invalid_request")),
        ({"memory": "a\0"}, (422, "invalid_request")),
        ({"model": "another"}, (503, "model_unavailable")),
        ({"sampling": {"max_new_tokens": CONTEXT}}, (422, "context_exceeded")),
        ({"sampling": {"max_new_tokens": CONTEXT - 1}}, (422, "context_exceeded")),
        ({"memory": "狐" * 400}, (422, "context_exceeded")),
        ({"story_so_far": STORY, "memory": "狐" * 400}, (422, "context_exceeded")),
    ],
)
@pytest.mark.parametrize("query", ["?dry_run=true", ""])
def test_what_would_be_refused_or_fail_is_refused(
    http: httpx2.Client,
    actor: Actor,
    body: dict[str, object],
    expected: tuple[int, str],
    query: str,
) -> None:
    answer = http.post(f"/v1/jobs{query}", json={"story_seed": SEED, **body})
    assert problem(answer) == expected
    assert_nothing_waits(http, actor)


def test_model_is_not_quoted_before_its_tokenizer_is_known(
    http: httpx2.Client, redis_url: str
) -> None:
    actor = Actor(redis_url)
    actor.info = actor.info.model_copy(update={"model_sha256": "not published"})
    actor.register()
    answer = http.post("/v1/jobs?dry_run=true", json={"story_seed": SEED})
    assert problem(answer) == (503, "model_unavailable")
    assert "tokenizer" in answer.json()["detail"]
    assert http.post("/v1/jobs", json={"story_seed": SEED}).status_code == 202
    actor.close()


def test_quotes_leave_nothing_behind(http: httpx2.Client, actor: Actor, redis_url: str) -> None:
    client = connect(redis_url)

    def kept() -> set[str]:
        """Without what the loops of the API note every two seconds, whoever asks."""
        return {*client.scan_iter()} - {keys.ENDED, keys.ATTENDED_AT}

    before = kept()
    quotes = [quote(http, story_so_far=STORY) for _ in range(5)]
    assert len({each.model_dump_json() for each in quotes}) == 1
    assert kept() == before
    assert http.get("/v1/jobs").json()["jobs"] == []
    assert_nothing_waits(http, actor)
    client.close()


@pytest.mark.parametrize("priority", ["interactive", "batch"])
def test_place_is_that_of_a_job_accepted_now(
    http: httpx2.Client, actor: Actor, priority: str
) -> None:
    for _ in range(2):  # something measured
        as_accepted(http, actor)
        actor.write(10)
        actor.finish()
    for waiting in ("batch", "interactive", "interactive"):
        http.post("/v1/jobs", json={"story_seed": SEED, "priority": waiting})
    quoted = quote(http, priority=priority)
    accepted = http.post("/v1/jobs", json={"story_seed": SEED, "priority": priority}).json()
    assert quoted.position == accepted["position"]
    assert quoted.eta_seconds is not None
    assert quoted.eta_seconds.model_dump() == accepted["eta_seconds"]
