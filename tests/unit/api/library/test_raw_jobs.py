"""A job of a raw prompt is a job like any other, but no story of the library."""

import httpx2

from tests.processes import wait_until
from tests.unit.api.acting import Actor
from tests.unit.api.library.test_verify import asked, claim_retelling
from tests.unit.api.library.writing import refusal
from tests.unit.api.test_refusals import assert_nothing_waits, problem

RAW = "Once there was\n a fox who"
BODY = {"raw_prompt": RAW, "sampling": {"max_new_tokens": 12}}


def accepted(http: httpx2.Client) -> str:
    answer = http.post("/v1/jobs", json=BODY)
    assert answer.status_code == 202, answer.text
    job_id: str = answer.json()["id"]
    return job_id


def test_worker_reads_it_as_it_is(http: httpx2.Client, actor: Actor) -> None:
    job = accepted(http)
    spec = actor.claim().spec
    assert (spec.prompt, spec.template_version) == (RAW, "none")
    request = http.get(f"/v1/jobs/{job}").json()["request"]
    assert (request["raw_prompt"], request["story_seed"]) == (RAW, None)


def test_it_is_priced_without_a_template(http: httpx2.Client, actor: Actor) -> None:
    quote = http.post("/v1/jobs", params={"dry_run": True}, json=BODY).raise_for_status().json()
    assert quote["prompt"] == RAW
    assert quote["tokens"].pop("story") > 0
    assert set(quote["tokens"].values()) == {0}


def test_it_is_refused_if_it_says_what_it_is_asked_to_avoid(
    http: httpx2.Client, actor: Actor
) -> None:
    lewd = {"raw_prompt": "The lewd fox"}
    avoiding = {"controls": {"constraints": ["avoid explicit content"]}}
    assert problem(http.post("/v1/jobs", json={**lewd, **avoiding})) == (422, "explicit_content")
    assert_nothing_waits(http, actor)
    assert http.post("/v1/jobs", json=lewd).status_code == 202


def test_it_is_told_again_from_its_receipt(http: httpx2.Client, actor: Actor) -> None:
    job = accepted(http)
    first = actor.claim().spec
    actor.write(3)
    actor.finish()
    answer = asked(http, job)
    claim_retelling(actor)
    assert actor.claimed is not None
    assert actor.claimed.spec.prompt == first.prompt
    assert actor.claimed.spec.sampling == first.sampling
    actor.write(3)
    actor.finish()
    assert answer.result(20).json()["is_identical"] is True


def test_failed_it_is_asked_for_once_more(http: httpx2.Client, actor: Actor) -> None:
    job = accepted(http)
    seed = actor.claim().spec.seed
    actor.fail()
    wait_until(
        lambda: http.post(f"/v1/dead-letters/{job}/replay").status_code == 202,
        seconds=10,
        what="the failure is kept",
    )
    again = actor.claim().spec
    assert (again.prompt, again.seed, again.template_version) == (RAW, seed, "none")


def test_it_begins_no_story(http: httpx2.Client, actor: Actor) -> None:
    assert refusal(http.post("/v1/stories", json={"request": BODY})) == (422, "invalid_request")
    assert_nothing_waits(http, actor)
    kept = http.post("/v1/stories", json={"job_id": accepted(http)})
    assert refusal(kept) == (422, "invalid_request")
    assert "raw prompt" in kept.json()["detail"]
    assert http.get("/v1/stories").json()["stories"] == []
