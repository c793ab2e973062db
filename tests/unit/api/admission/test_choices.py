"""Completions of many choices, each of which counts as a story."""

from pathlib import Path

from tests.unit.api.acting import Actor
from tests.unit.api.admission.limiting import SEED, limited


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
