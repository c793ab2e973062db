"""A prompt that says what the story is to avoid is refused, with the word and the way out."""

import httpx2
import pytest

from tests.unit.api.acting import Actor
from tests.unit.api.test_refusals import assert_nothing_waits, problem

SEED = {"story_seed": "A fox"}
NOT_AVOIDED: dict[str, object] = {"controls": {"constraints": []}}


@pytest.mark.parametrize("path", ["/v1/jobs", "/generate", "/v1/jobs?dry_run=true"])
@pytest.mark.parametrize("field", ["story_seed", "memory", "author_note", "story_so_far"])
def test_explicit_prompt_is_refused_unless_it_may_be_so(
    http: httpx2.Client, actor: Actor, path: str, field: str
) -> None:
    body = {**SEED, field: "The Lewd fox went home."}
    answer = http.post(path, json=body)
    assert problem(answer) == (422, "explicit_content")
    assert answer.json()["detail"] == (
        f"{field} says 'Lewd', which the constraint 'avoid explicit content' rules out."
    )
    assert_nothing_waits(http, actor)


def test_it_is_taken_where_nobody_asked_to_avoid_it(http: httpx2.Client, actor: Actor) -> None:
    body = {**SEED, **NOT_AVOIDED, "memory": "The lewd fox went home."}
    assert http.post("/v1/jobs", json=body).status_code == 202


@pytest.mark.parametrize(
    "spelling", ["Avoid explicit content", "avoid explicit content.", " AVOID  explicit content . "]
)
def test_the_constraint_holds_in_any_spelling(
    http: httpx2.Client, actor: Actor, spelling: str
) -> None:
    body = {"story_seed": "A lewd fox", "controls": {"constraints": [spelling]}}
    assert problem(http.post("/v1/jobs", json=body)) == (422, "explicit_content")


def test_other_constraints_are_read_like_the_rest_of_the_prompt(
    http: httpx2.Client, actor: Actor
) -> None:
    constraints = ["avoid explicit content", "all are lewd"]
    answer = http.post("/v1/jobs", json={**SEED, "controls": {"constraints": constraints}})
    assert problem(answer) == (422, "explicit_content")
    assert answer.json()["detail"].startswith("controls.constraints says 'lewd'")


def test_a_constraint_may_name_what_it_rules_out(http: httpx2.Client, actor: Actor) -> None:
    constraints = ["avoid explicit content", "no lewd foxes"]
    answer = http.post("/v1/jobs", json={**SEED, "controls": {"constraints": constraints}})
    assert answer.status_code == 202
