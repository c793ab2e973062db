"""Failed stories are listed for those who run the service, and replayed for their owners."""

from typing import Any

import httpx2

from tests.processes import wait_until
from tests.unit.api.acting import Actor
from tests.unit.api.test_refusals import problem

LETTERS = "/v1/dead-letters"
BODY = {
    "story_seed": "A fox — 狐",
    "sampling": {"max_new_tokens": 12},
    "deadline_seconds": 60,
    "cancel_on_disconnect": True,
}


def failed(http: httpx2.Client, actor: Actor, tenant: str = "anna") -> dict[str, Any]:
    answer = http.post("/v1/jobs", json=BODY, headers={"Authorization": f"Bearer {tenant}"})
    assert answer.status_code == 202, answer.text
    actor.claim()
    actor.write(2)
    actor.fail()
    return wait_for_end(http, answer.json()["id"], tenant)


def wait_for_end(http: httpx2.Client, job_id: str, tenant: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {tenant}"}
    view: dict[str, Any] = http.get(
        f"/v1/jobs/{job_id}", params={"wait": 10}, headers=headers
    ).json()
    return view


def listed(http: httpx2.Client, count: int, **query: int | str) -> dict[str, Any]:
    """Once the archive has got so far."""
    found: dict[str, Any] = {}

    def there() -> bool:
        found.update(http.get(LETTERS, params=query).raise_for_status().json())
        return len(found["dead_letters"]) == count

    wait_until(there, seconds=10, what=f"{count} dead letters")
    return found


def test_failed_jobs_of_all_owners_are_listed_newest_first_and_no_others(
    http: httpx2.Client, actor: Actor
) -> None:
    jobs = [failed(http, actor, tenant) for tenant in ("anna", "ben", "anna")]
    http.post("/v1/jobs", json=BODY)
    actor.claim()
    actor.write(1)
    actor.finish()
    page = listed(http, 3)
    assert page["next_cursor"] is None
    assert [letter["tenant"] for letter in page["dead_letters"]] == ["anna", "ben", "anna"]
    assert [letter["job"] for letter in page["dead_letters"]] == jobs[::-1]
    first = listed(http, 2, limit=2)
    rest = listed(http, 1, limit=2, cursor=first["next_cursor"])
    assert first["dead_letters"] + rest["dead_letters"] == page["dead_letters"]
    assert rest["next_cursor"] is None


def test_replayed_story_is_a_new_job_of_its_owner_with_the_same_seed(
    http: httpx2.Client, actor: Actor
) -> None:
    job = failed(http, actor, "ben")
    listed(http, 1)
    answer = http.post(f"{LETTERS}/{job['id']}/replay")
    assert answer.status_code == 202, answer.text
    again = answer.json()
    assert answer.headers["location"] == again["links"]["self"] == f"/v1/jobs/{again['id']}"
    assert (again["status"], again["seed"]) == ("queued", job["seed"])
    assert again["request"]["deadline_seconds"] is None
    assert again["request"]["cancel_on_disconnect"] is False
    spec = actor.claim().spec
    assert spec.prompt
    assert spec.seed == job["seed"]
    assert spec.sampling.max_new_tokens == 12
    actor.write(3)
    actor.finish()
    assert wait_for_end(http, again["id"], "ben")["status"] == "succeeded"
    assert http.get(f"/v1/jobs/{again['id']}").status_code == 404, "it is Ben's"
    assert wait_for_end(http, job["id"], "ben") == job, "the failed job keeps its end"
    assert listed(http, 0)["dead_letters"] == []


def test_replay_that_is_sent_again_makes_nothing_again(http: httpx2.Client, actor: Actor) -> None:
    job = failed(http, actor)
    listed(http, 1)
    answers = [http.post(f"{LETTERS}/{job['id']}/replay") for _ in range(3)]
    assert len({answer.json()["id"] for answer in answers}) == 1
    actor.claim()
    assert actor.claim_if_any() is None


def test_replay_that_fails_is_a_dead_letter_itself(http: httpx2.Client, actor: Actor) -> None:
    job = failed(http, actor)
    listed(http, 1)
    again = http.post(f"{LETTERS}/{job['id']}/replay").json()
    actor.claim()
    actor.fail()
    [letter] = listed(http, 1)["dead_letters"]
    assert letter["job"]["id"] == again["id"]


def test_what_has_not_failed_cannot_be_replayed(
    http: httpx2.Client, actor: Actor, job: str
) -> None:
    assert problem(http.post(f"{LETTERS}/{job}/replay")) == (404, "unknown_job")
    actor.claim()
    actor.write(1)
    actor.finish()
    http.get(f"/v1/jobs/{job}", params={"wait": 10})
    assert problem(http.post(f"{LETTERS}/{job}/replay")) == (404, "unknown_job")
    assert problem(http.post(f"{LETTERS}/nobody/replay")) == (404, "unknown_job")


def test_cursor_that_was_never_given(http: httpx2.Client) -> None:
    answer = http.get(LETTERS, params={"cursor": "x"})
    assert problem(answer) == (400, "invalid_cursor")
