"""What clients of OpenAI's API send and expect beside what they ask for."""

import httpx2
import pytest

from tests.unit.api.acting import Actor
from tests.unit.api.completing import PATH, PROMPT, asked, claims, write
from tests.unit.api.test_refusals import assert_nothing_waits


def test_dry_run_is_refused_and_not_written(http: httpx2.Client, actor: Actor) -> None:
    answer = http.post(PATH, params={"dry_run": True}, json={"prompt": PROMPT})
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, "invalid_request")
    assert "dry_run" in error["message"]
    assert_nothing_waits(http, actor)


@pytest.mark.parametrize("controls", [None, {"length": "short"}])
def test_prompt_that_is_too_long_has_openais_code(
    http: httpx2.Client, actor: Actor, controls: dict[str, str] | None
) -> None:
    actor.info = actor.info.model_copy(update={"context_length": 64})
    actor.register()
    answer = http.post(PATH, json={"prompt": PROMPT * 20, "controls": controls})
    error = answer.json()["error"]
    assert answer.status_code == 400
    assert (error["code"], error["param"]) == ("context_length_exceeded", "prompt")
    assert_nothing_waits(http, actor)


def test_seed_of_minus_one_is_drawn_for_each_choice(http: httpx2.Client, actor: Actor) -> None:
    answer = asked(http, seed=-1, n=2)
    found = claims(actor, 2)
    for claim in found:
        write(actor, claim, 1)
    assert answer.result(20).status_code == 200
    seeds = [claim.spec.seed for claim in found]
    assert min(seeds) >= 0
    assert seeds[1] != seeds[0] + 1


@pytest.mark.parametrize("path", ["chat/completions", "embeddings"])
def test_what_is_not_offered_is_not_there_in_openais_words(http: httpx2.Client, path: str) -> None:
    answer = http.post(f"/v1/{path}", json={"model": "tiny"})
    assert answer.status_code == 404
    error = answer.json()["error"]
    assert (error["type"], error["code"]) == ("invalid_request_error", "not_found")
    assert error["message"] == "There is nothing at this address."


@pytest.mark.parametrize(
    ("body", "param", "said"),
    [
        ({"prompt": ""}, "prompt", "at least 1 character"),
        ({"prompt": PROMPT, "stop": ""}, "stop", "at least 1 character"),
        ({"prompt": PROMPT, "min_p": 0.1}, "min_p", "min_p: there is no such field here"),
    ],
)
def test_argument_to_blame_is_named_as_it_was_sent(
    http: httpx2.Client, actor: Actor, body: dict[str, object], param: str, said: str
) -> None:
    error = http.post(PATH, json=body).json()["error"]
    assert error["param"] == param
    assert said in error["message"]
