"""`POST /v1/completions` in one answer: what workers are handed, and what callers are told."""

from typing import Any

import httpx2
import pytest

from shared.content import AVOID_EXPLICIT
from shared.prompts import build_prompt
from shared.sampling import SamplingParams
from shared.schemas import StoryControls
from tests.processes import wait_until
from tests.unit.api.acting import MODEL, Actor, story
from tests.unit.api.completing import PATH, PROMPT, asked, claims, status, write
from tests.unit.api.serving import unanswered
from tests.unit.api.test_refusals import assert_nothing_waits


def test_prompt_is_read_as_it_is_and_sampled_as_openai_does(
    http: httpx2.Client, actor: Actor
) -> None:
    answer = asked(http)
    [claim] = claims(actor)
    assert claim.spec.prompt == PROMPT
    assert claim.spec.request.cancel_on_disconnect
    assert claim.spec.request.controls.constraints == []
    assert claim.spec.sampling == SamplingParams(
        temperature=1,
        top_p=1,
        top_k=0,
        repetition_penalty=1,
        max_new_tokens=16,
        seed_pull=0,
        end_at_sentence=False,
        keep_length=False,
    )
    write(actor, claim, 3)
    told = answer.result(20).json()
    assert told.pop("created") > 0
    assert told == {
        "id": f"cmpl-{claim.job_id}",
        "object": "text_completion",
        "model": MODEL,
        "choices": [
            {
                "text": story(3),
                "index": 0,
                "logprobs": None,
                "finish_reason": "stop",
                "job_id": claim.job_id,
            }
        ],
        "usage": {"prompt_tokens": 5, "completion_tokens": 3, "total_tokens": 8},
    }
    kept = http.get(f"/v1/jobs/{claim.job_id}").json()
    assert (kept["text"], kept["request"]["raw_prompt"]) == (story(3), PROMPT)


def test_what_is_asked_for_reaches_the_worker(http: httpx2.Client, actor: Actor) -> None:
    answer = asked(
        http,
        model=MODEL,
        max_tokens=20,
        temperature=0.5,
        top_p=0.9,
        top_k=7,
        repetition_penalty=1.2,
        stop="\n",
        seed=11,
        end_at_sentence=True,
        avoid_explicit=True,
        priority="batch",
    )
    [claim] = claims(actor)
    sampling = claim.spec.sampling
    assert (sampling.max_new_tokens, sampling.temperature, sampling.top_p) == (20, 0.5, 0.9)
    assert (sampling.top_k, sampling.repetition_penalty, sampling.stop) == (7, 1.2, ["\n"])
    assert (sampling.end_at_sentence, claim.spec.seed) == (True, 11)
    assert claim.spec.request.controls.constraints == [AVOID_EXPLICIT]
    assert claim.spec.request.priority == "batch"
    write(actor, claim, 1)
    assert answer.result(20).status_code == 200


def test_every_prompt_has_n_choices_and_counts_once(http: httpx2.Client, actor: Actor) -> None:
    answer = asked(http, prompt=["One fox", "Two foxes"], n=2, seed=2**63 - 1, echo=True)
    found = claims(actor, 4)
    assert [claim.spec.prompt for claim in found] == ["One fox"] * 2 + ["Two foxes"] * 2
    assert [claim.spec.seed for claim in found] == [2**63 - 1, 0] * 2
    for tokens, claim in enumerate(found, start=1):
        write(actor, claim, tokens)
    told = answer.result(20).json()
    prompts = ["One fox", "One fox", "Two foxes", "Two foxes"]
    assert [choice["text"] for choice in told["choices"]] == [
        prompt + story(tokens) for tokens, prompt in enumerate(prompts, start=1)
    ]
    assert [choice["index"] for choice in told["choices"]] == [0, 1, 2, 3]
    assert told["usage"] == {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20}


def test_with_controls_it_is_a_story(http: httpx2.Client, actor: Actor) -> None:
    actor.info = actor.info.model_copy(update={"context_length": 1024})
    actor.beat()
    answer = asked(http, controls={"genre": "mystery"}, memory="Her name is Ann.")
    [claim] = claims(actor)
    controls = StoryControls.model_validate({"genre": "mystery"})
    assert claim.spec.prompt == build_prompt(PROMPT, controls, memory="Her name is Ann.")
    assert claim.spec.sampling == SamplingParams()
    write(actor, claim, 2)
    assert answer.result(20).json()["choices"][0]["text"] == story(2)


def test_null_and_what_asks_for_nothing_is_taken(http: httpx2.Client, actor: Actor) -> None:
    neutral = {
        "best_of": 1,
        "suffix": "",
        "logit_bias": {},
        "presence_penalty": 0,
        "frequency_penalty": 0.0,
        "logprobs": None,
        "max_tokens": None,
        "n": None,
        "stop": None,
        "stream": False,
        "stream_options": None,
        "user": "me",
    }
    answer = asked(http, **neutral)
    [claim] = claims(actor)
    write(actor, claim, 1)
    assert answer.result(20).status_code == 200


REFUSED: list[tuple[dict[str, Any], str | None]] = [
    ({"logprobs": 6}, "logprobs"),
    ({"logprobs": 0, "echo": True}, "logprobs"),
    ({"logprobs": 1, "avoid_explicit": True}, "sampling"),
    ({"best_of": 2}, "best_of"),
    ({"suffix": "The end."}, "suffix"),
    ({"logit_bias": {"50256": -100}}, "logit_bias"),
    ({"presence_penalty": 0.5}, "presence_penalty"),
    ({"frequency_penalty": -1}, "frequency_penalty"),
    ({"stream_options": {"include_usage": True}}, "stream_options"),
    ({"memory": "Her name is Ann."}, "memory"),
    ({"controls": {}, "avoid_explicit": True}, "avoid_explicit"),
    ({"controls": {}, "prompt": "a\u0000b"}, "prompt"),
    ({"prompt": [1, 2]}, "prompt"),
    ({"prompt": ""}, "prompt"),
    ({"max_tokens": 0}, "max_tokens"),
    ({"stop": ["x"] * 9}, "stop"),
    ({"seed": -2}, "seed"),
    ({"temprature": 1}, "temprature"),
    ({"prompt": ["x"] * 5, "n": 7}, "n"),
]


@pytest.mark.parametrize(("body", "param"), REFUSED)
def test_what_is_not_offered_is_refused_by_its_name(
    http: httpx2.Client, actor: Actor, body: dict[str, Any], param: str | None
) -> None:
    answer = http.post(PATH, json={"prompt": PROMPT, **body})
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/json"
    error = answer.json().pop("error")
    assert error.pop("message")
    assert error == {"type": "invalid_request_error", "param": param, "code": "invalid_request"}
    assert_nothing_waits(http, actor)


def test_refusals_of_other_kinds_have_the_same_shape(http: httpx2.Client, actor: Actor) -> None:
    asks = [
        ("POST", {"content": b"{"}, 400, "malformed_body"),
        ("POST", {"json": []}, 400, "invalid_request"),
        ("GET", {}, 405, "method_not_allowed"),
        ("POST", {"json": {"prompt": PROMPT, "model": "gpt-nowhere"}}, 404, "model_not_found"),
        ("POST", {"json": {"prompt": PROMPT, "max_tokens": 1024}}, 400, "context_length_exceeded"),
    ]
    for method, body, expected, code in asks:
        answer = http.request(method, PATH, **body)  # type: ignore[arg-type]
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (expected, code), answer.text
        param = "prompt" if "context" in code else None
        assert (error["type"], error["param"]) == ("invalid_request_error", param)
        assert "max_new_tokens" not in error["message"]
    assert_nothing_waits(http, actor)


def test_without_a_worker_the_caller_learns_when_to_come_back(http: httpx2.Client) -> None:
    answer = http.post(PATH, json={"prompt": PROMPT})
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["error"]["type"] == "server_error"
    assert answer.json()["error"]["code"] == "model_unavailable"


def test_choice_that_fails_is_an_error_and_the_others_are_cancelled(
    http: httpx2.Client, actor: Actor
) -> None:
    answer = asked(http, n=2)
    first, second = claims(actor, 2)
    write(actor, first, 1)
    actor.claimed = second
    actor.fail()
    told = answer.result(20)
    assert (told.status_code, told.json()["error"]["code"]) == (500, "generation_failed")
    cancelled = asked(http)
    [claim] = claims(actor)
    http.delete(f"/v1/jobs/{claim.job_id}")
    told = cancelled.result(20)
    assert (told.status_code, told.json()["error"]["code"]) == (409, "cancelled")
    assert told.headers["x-should-retry"] == "false"


def test_request_that_is_sent_again_under_its_key_is_answered_by_the_same_jobs(
    http: httpx2.Client, actor: Actor
) -> None:
    headers = {"Idempotency-Key": "k" * 255}
    answers = [asked(http, n=2, headers=headers)]
    found = claims(actor, 2)
    answers.append(asked(http, n=2, headers=headers))
    for tokens, claim in enumerate(found, start=1):
        write(actor, claim, tokens)
    answers.append(asked(http, n=2, headers=headers))
    told = [answer.result(20).json()["choices"] for answer in answers]
    assert told[0] == told[1] == told[2]
    assert [choice["text"] for choice in told[0]] == [story(1), story(2)]
    other = asked(http, n=3, headers=headers).result(20)
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_key_reused")


@pytest.mark.parametrize("has_key", [False, True])
def test_caller_who_leaves_cancels_at_once_unless_there_is_a_key(
    api: str, actor: Actor, has_key: bool
) -> None:
    headers = {"Idempotency-Key": "mine"} if has_key else {}
    body = {"prompt": PROMPT, "n": 2}
    with unanswered(httpx2.Request("POST", f"{api}{PATH}", json=body, headers=headers)):
        found = claims(actor, 2)
    if not has_key:
        for claim in found:
            wait_until(
                lambda claim=claim: status(actor, claim) == "cancelled",  # type: ignore[misc]
                seconds=5,
                what="cancelled",
            )
        return
    with httpx2.Client(base_url=api, timeout=20) as patient:
        again = asked(patient, n=2, headers=headers)
        for claim in found:
            write(actor, claim, 2)
        assert [choice["text"] for choice in again.result(20).json()["choices"]] == [story(2)] * 2
