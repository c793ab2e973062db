"""What readers say is kept with all that the story depends on, and trains the next model."""

import math
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest

from shared.judgements import Comparison, Rating
from shared.opinions import FeedbackView, OpinionSummary
from shared.prompts import build_prompt
from shared.schemas import StoryControls
from tests.unit.api.acting import MODEL, Actor, story
from tests.unit.api.library.test_archive import forget_everything, wait_for_archived
from tests.unit.api.library.writing import ON_SQLITE, Body, Writer, refusal
from training.evaluation.feedback import read_feedback

SEED = "A fox"
BEN = {"Authorization": "Bearer ben"}


def told(writer: Writer, *, seed: str = SEED, tokens: int = 3, model: str = MODEL) -> str:
    """Id of a job that has just ended."""
    request = {"story_seed": seed, "sampling": {"seed": tokens}, "model": model}
    job: str = writer.http.post("/v1/jobs", json=request).json()["id"]
    writer.write(tokens)
    return job


def say(writer: Writer, job: str, **said: object) -> FeedbackView:
    answer = writer.http.post(f"/v1/jobs/{job}/feedback", json=said)
    assert answer.status_code == 201, answer.text
    return FeedbackView.model_validate_json(answer.content)


def summary(writer: Writer, headers: dict[str, str] | None = None) -> OpinionSummary:
    answer = writer.http.get("/v1/feedback/summary", headers=headers)
    assert answer.status_code == 200, answer.text
    return OpinionSummary.model_validate_json(answer.content)


def exported(writer: Writer, folder: Path) -> list[Rating | Comparison]:
    answer = writer.http.get("/v1/feedback/export")
    assert answer.headers["content-type"] == "application/x-ndjson"
    path = folder / "feedback.jsonl"
    path.write_bytes(answer.content)
    return list(read_feedback(path))


def test_feedback_is_kept_with_its_whole_provenance(writer: Writer, redis_url: str) -> None:
    job = told(writer)
    said = say(writer, job, rating=4, thumbs="up", tags=["vivid", "long"], comment="Line\n\0two")
    assert (said.model, said.seed) == (MODEL, 3)
    assert said.prompt == build_prompt(SEED, StoryControls())
    assert said.request.story_seed == SEED
    assert said.receipt is not None
    forget_everything(redis_url)
    assert writer.http.get("/v1/feedback").json()["feedback"] == [said.model_dump(mode="json")]
    assert say(writer, job, thumbs="down").job_id == job


def test_feedback_needs_an_ended_job_of_ones_own(
    writer: Writer, job: str, actor: Actor, http: httpx2.Client
) -> None:
    path = f"/v1/jobs/{job}/feedback"
    assert refusal(http.post(path, json={"rating": 1})) == (409, "unfinished")
    writer.write(1)
    assert refusal(http.post(path, json={"rating": 1}, headers=BEN)) == (404, "unknown_job")
    unknown = http.post("/v1/jobs/unknown/feedback", json={"rating": 1})
    assert refusal(unknown) == (404, "unknown_job")
    say(writer, job, rating=1)
    assert http.get("/v1/feedback", headers=BEN).json()["feedback"] == []
    assert http.get("/v1/feedback/export", headers=BEN).text == ""


@ON_SQLITE
@pytest.mark.parametrize(
    "said",
    [
        {},
        {"comment": "nothing else"},
        {"rating": 0},
        {"rating": 6},
        {"thumbs": "sideways"},
        {"rating": 3, "tags": [""]},
        {"rating": 3, "tags": ["x"] * 17},
        {"rating": 3, "stars": 3},
    ],
)
def test_feedback_that_says_nothing(writer: Writer, job: str, said: Body) -> None:
    writer.write(1)
    answer = writer.http.post(f"/v1/jobs/{job}/feedback", json=said)
    assert refusal(answer) == (422, "invalid_request")


def test_pages_hold_everything_said_once_newest_first(writer: Writer) -> None:
    job = told(writer)
    said = [say(writer, job, rating=rating).id for rating in range(1, 6)]
    listed: list[str] = []
    params = {"limit": "2"}
    for _ in range(3):
        page = writer.http.get("/v1/feedback", params=params).json()
        listed += [each["id"] for each in page["feedback"]]
        params["cursor"] = page["next_cursor"]
    assert page["next_cursor"] is None
    assert listed == said[::-1]


def test_comparison_needs_one_prompt(writer: Writer) -> None:
    one, two = told(writer), told(writer, tokens=2)
    other = told(writer, seed="A wolf")
    said = {"job_a": one, "job_b": two, "winner": "tie", "comment": "Both are fine."}
    answer = writer.http.post("/v1/comparisons", json=said)
    assert answer.status_code == 201
    assert said.items() <= answer.json().items()
    assert answer.json()["prompt"] == build_prompt(SEED, StoryControls())
    for changes, expected in [
        ({"job_b": other}, (422, "invalid_request")),
        ({"job_b": one}, (422, "invalid_request")),
        ({"winner": "c"}, (422, "invalid_request")),
        ({"job_b": "unknown"}, (404, "unknown_job")),
    ]:
        answer = writer.http.post("/v1/comparisons", json={**said, **changes})
        assert refusal(answer) == expected
    assert refusal(writer.http.post("/v1/comparisons", json=said, headers=BEN)) == (
        404,
        "unknown_job",
    )


def test_evaluation_reads_what_is_exported(
    writer: Writer, tmp_path: Path, database_url: str
) -> None:
    one, two = told(writer), told(writer, tokens=2)
    wait_for_archived(database_url, 2)
    say(writer, one, rating=4, thumbs="up")
    writer.http.post("/v1/comparisons", json={"job_a": one, "job_b": two, "winner": "b"})
    stars, thumb, comparison = exported(writer, tmp_path)
    prompt = build_prompt(SEED, StoryControls())
    rated = {"model": MODEL, "prompt": prompt, "story": story(3), "job": one}
    assert stars == Rating.model_validate({**rated, "stars": 4})
    assert thumb == Rating.model_validate({**rated, "thumbs": "up"})
    assert isinstance(comparison, Comparison)
    assert comparison.preferred == (story(2), story(3))


def test_summary_tells_what_the_caller_said_in_numbers(writer: Writer) -> None:
    assert summary(writer) == OpinionSummary(days=[], standings=[], comparisons=0)
    one, two = told(writer), told(writer, tokens=2)
    before = datetime.now(UTC).date()
    say(writer, one, rating=4, thumbs="up")
    say(writer, two, rating=4, thumbs="down")
    writer.http.post("/v1/comparisons", json={"job_a": one, "job_b": two, "winner": "b"})
    found = summary(writer)
    assert {before.isoformat(), datetime.now(UTC).date().isoformat()} >= {d.day for d in found.days}
    assert {day.model for day in found.days} == {MODEL}
    assert sum(day.opinions for day in found.days) == 2
    assert sum(day.stars[3] for day in found.days) == 2
    assert sum(day.thumbs_up for day in found.days) == 1
    assert sum(day.thumbs_down for day in found.days) == 1
    assert (found.comparisons, found.standings) == (1, []), "a model against itself"
    assert summary(writer, BEN) == OpinionSummary(days=[], standings=[], comparisons=0)


def test_models_are_ranked_by_the_stories_that_were_preferred(
    writer: Writer, redis_url: str
) -> None:
    rival = Actor(redis_url, name="w2", model="rival")
    rival.beat()
    ours = told(writer)
    for tokens, winner in enumerate(("a", "a", "b", "tie"), start=1):
        theirs = told(Writer(writer.http, rival), tokens=tokens, model="rival")
        said = {"job_a": ours, "job_b": theirs, "winner": winner}
        assert writer.http.post("/v1/comparisons", json=said).status_code == 201
    (standing,) = summary(writer).standings
    assert (standing.comparisons, standing.problem) == (4, None)
    assert [one.model for one in standing.strengths] == [MODEL, "rival"]
    first, second = standing.strengths
    assert first.value - second.value == pytest.approx(math.log(2.5 / 1.5))
    assert first.low < first.value < first.high
    rival.close()
