"""Who says something again has changed their mind: it counts once, and can be read back."""

from pathlib import Path

import httpx2
import pytest

from shared.judgements import Comparison, Rating
from shared.opinions import ComparisonView, FeedbackView
from tests.unit.api.acting import MODEL, Actor, story
from tests.unit.api.library.test_archive import forget_everything
from tests.unit.api.library.test_feedback import BEN, exported, say, summary, told
from tests.unit.api.library.writing import Body, Writer, refusal


def compare(writer: Writer, a: str, b: str, winner: str, **more: str) -> ComparisonView:
    body = {"job_a": a, "job_b": b, "winner": winner, **more}
    answer = writer.http.post("/v1/comparisons", json=body)
    assert answer.status_code == 201, answer.text
    return ComparisonView.model_validate_json(answer.content)


def compared(writer: Writer, a: str, b: str, **headers: str) -> httpx2.Response:
    path, params = "/v1/comparisons", {"job_a": a, "job_b": b}
    return writer.http.get(path, params=params, headers=headers)


def winner(writer: Writer, a: str, b: str) -> Body:
    answer = compared(writer, a, b)
    assert answer.status_code == 200, answer.text
    body: Body = answer.json()
    assert (body["job_a"], body["job_b"]) == (a, b)
    return {name: body[name] for name in ("winner", "comment")}


def test_feedback_on_one_job_counts_once(writer: Writer, tmp_path: Path) -> None:
    one, two = told(writer), told(writer, tokens=2)
    say(writer, one, rating=1, thumbs="down", comment="Dull.")
    say(writer, two, rating=3)
    say(writer, one, rating=5)
    found = summary(writer)
    assert sum(day.opinions for day in found.days) == 2
    assert [sum(day.stars[i] for day in found.days) for i in range(5)] == [0, 0, 1, 0, 1]
    assert sum(day.thumbs_down for day in found.days) == 0
    lines = [each for each in exported(writer, tmp_path) if isinstance(each, Rating)]
    assert [(each.job, each.stars, each.thumbs) for each in lines] == [
        (one, 5, None),
        (two, 3, None),
    ]


def test_comparison_of_two_jobs_counts_once_in_either_order(
    writer: Writer, redis_url: str, tmp_path: Path
) -> None:
    rival = Actor(redis_url, name="w2", model="rival")
    rival.beat()
    ours, theirs = told(writer), told(Writer(writer.http, rival), tokens=2, model="rival")
    for said in ("a", "tie", "a"):
        compare(writer, ours, theirs, said)
    compare(writer, theirs, ours, "a")
    found = summary(writer)
    assert found.comparisons == 1
    assert [standing.comparisons for standing in found.standings] == [1]
    (line,) = exported(writer, tmp_path)
    assert isinstance(line, Comparison)
    assert line.preferred == (story(2), story(3))
    rival.close()


def test_what_others_say_replaces_nothing(writer: Writer) -> None:
    job = told(writer)
    say(writer, job, rating=4)
    hers = writer.http.post("/v1/jobs", json={"story_seed": "A fox"}, headers=BEN).json()["id"]
    writer.write(3)
    path = f"/v1/jobs/{hers}/feedback"
    assert writer.http.post(path, json={"rating": 1}, headers=BEN).status_code == 201
    assert [sum(day.opinions for day in summary(writer, who).days) for who in ({}, BEN)] == [1, 1]
    assert refusal(writer.http.get(path)) == (404, "no_opinion")


def test_last_word_on_a_job_is_read_back(writer: Writer, redis_url: str) -> None:
    job = told(writer)
    path = f"/v1/jobs/{job}/feedback"
    assert refusal(writer.http.get(path)) == (404, "no_opinion")
    say(writer, job, rating=2, tags=["long"])
    last = say(writer, job, thumbs="up", comment="It grew on me.")
    forget_everything(redis_url)
    assert FeedbackView.model_validate_json(writer.http.get(path).content) == last
    assert last.model == MODEL
    assert refusal(writer.http.get(path, headers=BEN)) == (404, "no_opinion")
    assert refusal(writer.http.get("/v1/jobs/unknown/feedback")) == (404, "no_opinion")


def test_last_word_on_two_jobs_is_read_back_in_the_order_asked(writer: Writer) -> None:
    one, two, three = told(writer), told(writer, tokens=2), told(writer, tokens=1)
    for pair in [(one, two), (two, one), (one, one), (one, "unknown")]:
        assert refusal(compared(writer, *pair)) == (404, "no_opinion")
    said = compare(writer, one, two, "a", comment="The sea.")
    assert compared(writer, one, two).json() == said.model_dump(mode="json")
    assert winner(writer, two, one) == {"winner": "b", "comment": "The sea."}
    compare(writer, two, one, "tie")
    compare(writer, one, three, "b")
    assert winner(writer, one, two) == {"winner": "tie", "comment": None}
    assert winner(writer, three, one)["winner"] == "a"
    assert refusal(compared(writer, one, two, **BEN)) == (404, "no_opinion")


@pytest.mark.parametrize("params", [{}, {"job_a": "x"}, {"job_b": "x"}])
def test_comparison_of_fewer_than_two(http: httpx2.Client, params: dict[str, str]) -> None:
    assert refusal(http.get("/v1/comparisons", params=params)) == (422, "invalid_request")
