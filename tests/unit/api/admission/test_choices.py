"""Completions of many choices, each of which counts as a story."""

from pathlib import Path

from shared.connections import connect
from tests.unit.api.acting import Actor
from tests.unit.api.admission.limiting import SEED, limited
from tests.unit.api.completing import asked, claims, write
from tests.unit.api.library.writing import refusal


def test_more_choices_than_can_ever_be_let_in_use_nothing_up(
    redis_url: str, tmp_path: Path, actor: Actor
) -> None:
    with limited(redis_url, tmp_path, requests_per_minute=3, jobs_per_key=2) as come:
        anna = come()
        refused = anna.post("/v1/completions", json={"prompt": ["A fox", "A hen"], "n": 2})
        assert refused.status_code == 400, "to come back would be in vain"
        assert "2 are the most" in refused.json()["error"]["message"]
        for _ in range(2):
            assert anna.post("/v1/jobs", json=SEED).status_code == 202


def test_choices_that_are_not_all_let_in_use_neither_places_nor_their_key_up(
    redis_url: str, tmp_path: Path, actor: Actor
) -> None:
    two = {"prompt": "A fox", "n": 2}
    headers = {"Idempotency-Key": "mine"}
    with limited(redis_url, tmp_path, requests_per_minute=4, jobs_per_key=2) as come:
        anna = come()
        first = anna.post("/v1/jobs", json=SEED).json()["id"]
        for _ in range(3):
            refused = anna.post("/v1/completions", json=two, headers=headers)
            assert refusal(refused) == (429, "too_many_jobs"), "and not too_many_requests"
        assert [job["id"] for job in anna.get("/v1/jobs").json()["jobs"]] == [first]
        actor.claim()
        actor.finish()
        again = asked(anna, headers=headers, **two)
        for claim in claims(actor, 2):
            write(actor, claim, 2)
        assert again.result(20).status_code == 200


def test_choices_of_a_request_that_is_sent_again_are_known_without_workers_or_places(
    redis_url: str, tmp_path: Path, actor: Actor
) -> None:
    two = {"prompt": "A fox", "n": 2}
    headers = {"Idempotency-Key": "mine"}
    with limited(redis_url, tmp_path, requests_per_minute=2) as come:
        anna = come()
        first = asked(anna, headers=headers, **two)
        for claim in claims(actor, 2):
            write(actor, claim, 2)
        with connect(redis_url) as client:
            client.delete("workers", "workers:expiry")
        again = anna.post("/v1/completions", json=two, headers=headers)
        assert again.status_code == 200, again.text
        assert again.json()["choices"] == first.result(20).json()["choices"]
        other = anna.post("/v1/completions", json={**two, "n": 1}, headers=headers)
        assert refusal(other) == (409, "idempotency_key_reused")


def test_prompts_are_counted_only_of_choices_that_are_let_in(
    redis_url: str, tmp_path: Path, actor: Actor
) -> None:
    """Else a key could have endless work done by what is turned away."""
    too_long = {"prompt": ["A fox", "A hen"], "max_tokens": actor.info.context_length}
    with limited(redis_url, tmp_path, jobs_per_key=2) as come:
        anna = come()
        for _ in range(3):
            refused = anna.post("/v1/completions", json=too_long)
            assert refusal(refused) == (400, "context_length_exceeded")
        assert anna.post("/v1/jobs", json=SEED).status_code == 202
        refused = anna.post("/v1/completions", json=too_long)
        assert refusal(refused) == (429, "too_many_jobs"), "there is one place for two"
        unknown = anna.post("/v1/completions", json={"prompt": ["A fox"] * 2, "model": "nowhere"})
        assert refusal(unknown) == (404, "model_not_found"), "to come back would be in vain"
        assert anna.post("/v1/jobs", json=SEED).status_code == 202, "no place was kept"
