"""A quote of the API, which has no model, and what a worker then really reads."""

import httpx2
import pytest

from shared.quotes import Quote
from tests.integration.conftest import finished, submit
from tests.stack import Stack

SEED = "A lighthouse keeper who hears music"
STORY = "The keeper lit the lamp — and <|endoftext|> waited. " * 60 + "\n\nThen a ship came home."
REMEMBERED = {
    "memory": "The keeper is called Ann.\nThe sea is never quiet.",
    "author_note": "A storm comes tonight.",
}


@pytest.fixture(scope="module")
def served(stack: Stack) -> Stack:
    stack.add_worker("quoted")
    return stack


@pytest.mark.parametrize(
    "body",
    [
        {"story_seed": SEED},
        {"story_seed": SEED, **REMEMBERED},
        {"story_seed": SEED, "story_so_far": STORY, **REMEMBERED},
    ],
)
def test_worker_reads_as_many_tokens_as_were_quoted(served: Stack, body: dict[str, object]) -> None:
    order = {**body, "sampling": {"max_new_tokens": 3}}
    answer = httpx2.post(f"{served.api_url}/v1/jobs", params={"dry_run": True}, json=order)
    assert answer.status_code == 200, answer.text
    quote = Quote.model_validate_json(answer.content)
    (job,) = finished(served, [submit(served, order)])
    assert job["usage"] == {
        "prompt_tokens": sum(quote.tokens.model_dump().values()),
        "completion_tokens": 3,
    }
    assert quote.room == 3
    assert (quote.dropped_chars > 0) == ("story_so_far" in body)
