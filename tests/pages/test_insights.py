"""The insights page: what the evaluation found and what readers said, in pictures and tables."""

import json
from collections.abc import Iterator
from html import escape
from itertools import cycle, islice
from typing import Any

import pytest
import streamlit as st
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df

from shared.joblog import commands, documents
from shared.joblog.documents import Document
from shared.opinions import NewComparison, NewFeedback, Thumbs, Winner
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest
from tests.pages.room import SEED, Room
from tests.unit.api.acting import MODEL, Actor
from tests.unit.ui.test_report import BUNDLED

HOSTILE = '<img src="http://x.invalid/a.png"> ![b](http://x.invalid/c.png) **d**'
ENDS = ("low", "value", "high")
OTHER_MODEL = "<b>other</b> ![x](http://x.invalid/m.png)"


@pytest.fixture
def second(redis_url: str) -> Iterator[Actor]:
    """A worker of another model, whose name is no good name for one."""
    actor = Actor(redis_url, name="w2", context_length=1024, model=OTHER_MODEL)
    actor.beat()
    yield actor
    actor.close()


def publish(room: Room, report: str) -> None:
    room.actor.joblog.run(documents.publish(room.actor.info.model_sha256, Document.REPORT, report))


def bundled() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(BUNDLED.read_bytes())
    return found


def written(room: Room, actor: Actor) -> str:
    """An ended job of the actor's model."""
    job = room.client.jobs.create(GenerateRequest(story_seed=SEED, model=actor.info.model))
    actor.claim()
    actor.write(3)
    actor.finish()
    return job.id


def drawn(room: Room) -> list[list[dict[str, Any]]]:
    """The rows of each chart."""
    sets = [element.proto.datasets for element in room.tab.get("vega_lite_chart")]
    frames = [convert_arrow_bytes_to_pandas_df(one.data.data) for [one] in sets]
    return [frame.to_dict("records") for frame in frames]


def test_the_report_is_shown_beside_the_reference(room: Room) -> None:
    publish(room, BUNDLED.read_text(encoding="utf-8"))
    room.open("insights")
    shown = room.shown()
    assert f"How {MODEL} tells" in shown
    assert "4.4 million parameters, context 1,024 tokens" in shown
    assert bundled()["model"]["sha256"] in shown
    for row in ("fairytale-mini, in sample", "fairytale-mini, held out", "Reference, in sample: "):
        assert f'<th scope="row">{row}' in shown
    assert "<td>1.203 [1.188,\N{NO-BREAK SPACE}1.219]</td>" in shown
    assert "<td>1.76</td>" in shown
    for says in (one["says"] for one in bundled()["protocols"]):
        assert escape(says) in shown


def test_adherence_is_drawn_and_told(room: Room) -> None:
    publish(room, BUNDLED.read_text(encoding="utf-8"))
    room.open("insights")
    [rows] = drawn(room)
    found = {(row["name"], row["measure"].replace("\n", " ")): row for row in rows}
    for condition in bundled()["conditions"]:
        told = condition["adherence"]["first_person"]
        row = found[condition["name"], "first person when asked"]
        assert [row[end] for end in ENDS] == [told[end] for end in ENDS]
        assert f'<th scope="col">{condition["name"]}</th>' in room.shown()
    drawn_at = "drawn at temperature 0.8 (the service's default is 0.9)."
    assert escape(drawn_at) in room.shown()
    assert "<dt>Temperature</dt><dd>how daring the choice of each word is" in room.shown()
    assert "95 % interval" in room.tab.get("vega_lite_chart")[0].proto.alt
    assert (
        '<th scope="row">first person when asked</th><td>96 % [90,\N{NO-BREAK SPACE}100]</td>'
        in room.shown()
    )


def test_nothing_is_said_of_an_evaluation_at_the_defaults(room: Room) -> None:
    report = bundled()
    for condition in report["conditions"]:
        if condition["sampling"] is not None:
            condition["sampling"]["temperature"] = SamplingParams().temperature
    publish(room, json.dumps(report))
    room.open("insights")
    assert "the service&#x27;s default is" not in room.shown()


def test_another_arithmetic_than_is_served_is_named(room: Room) -> None:
    report = bundled()
    publish(room, json.dumps(report))
    room.open("insights")
    assert f"It is served as {room.actor.info.numeric_kind}: in another" in room.shown()
    report["model"]["numeric_kind"] = room.actor.info.numeric_kind
    publish(room, json.dumps(report))
    st.cache_resource.clear()
    room.tab.run()
    assert "It is served as" not in room.shown()


def test_books_and_samples_are_shown(room: Room) -> None:
    publish(room, BUNDLED.read_text(encoding="utf-8"))
    room.open("insights")
    report = bundled()
    assert '<th scope="row">all books</th><td>1.801</td>' in room.shown()
    assert '<th scope="row">pg27826 The Olive Fairy Book</th>' in room.shown()
    assert escape(report["requests"][0]["text"].strip()) in room.shown()
    assert escape(report["requests"][3]["text"].strip()) not in room.shown()


def test_hostile_words_in_a_report_are_shown_as_they_are(room: Room) -> None:
    report = bundled()
    report["model"]["name"] = report["protocols"][0]["says"] = HOSTILE
    report["conditions"][0]["name"] = report["conditions"][0]["says"] = HOSTILE
    report["books"][0]["book"] = HOSTILE
    report["requests"][0] |= {"seed": HOSTILE, "text": HOSTILE, "finish": HOSTILE}
    publish(room, json.dumps(report))
    room.open("insights")
    assert room.shown().count(escape(HOSTILE)) >= 9
    assert HOSTILE not in room.shown()
    assert not room.tab.markdown


def test_a_report_of_another_form_is_told(room: Room) -> None:
    publish(room, '{"model": "tiny"}')
    room.open("insights")
    assert "another form than this page knows" in room.shown()
    assert "What readers say" in room.shown()


def test_a_new_reader_is_told_what_to_do(room: Room) -> None:
    room.open("insights")
    assert "has published a report" in room.shown()
    assert 'role="alert"' not in room.shown()
    assert "Nobody has rated a story yet." in room.shown()
    assert "No two stories have been compared yet." in room.shown()
    assert not drawn(room)
    assert not room.tab.get("download_button")


def test_without_a_worker_the_page_says_why_there_is_no_report(room: Room) -> None:
    room.actor.joblog.run(commands.retire(room.actor.name))
    room.open("insights")
    assert f"No live worker serves the model &#x27;{MODEL}&#x27;." in room.shown()
    assert "Start a worker for this model" in room.shown()
    assert "Nobody has rated a story yet." in room.shown()


def test_ratings_are_drawn_by_day_and_told_in_a_table(room: Room) -> None:
    for said in (
        NewFeedback(rating=4, thumbs=Thumbs.UP, tags=[HOSTILE[:40]], comment=HOSTILE),
        NewFeedback(rating=5),
        NewFeedback(thumbs=Thumbs.DOWN),
    ):
        room.client.opinions.say(written(room, room.actor), said)
    room.open("insights")
    cells = "".join(f"<td>{cell}</td>" for cell in (MODEL, "3", "4.50", "2", "1", "1"))
    assert cells in room.shown()
    [stars], [thumbs] = drawn(room)
    assert (stars["name"], stars["value"], stars["opinions"]) == (MODEL, 4.5, 2)
    assert (thumbs["name"], thumbs["value"], thumbs["opinions"]) == (MODEL, 0.5, 2)
    assert room.tab.get("download_button")


def test_only_what_was_given_is_drawn(room: Room) -> None:
    room.client.opinions.say(written(room, room.actor), NewFeedback(thumbs=Thumbs.UP))
    room.open("insights")
    [[thumbs]] = drawn(room)
    assert thumbs["value"] == 1
    assert f"<td>{MODEL}</td><td>1</td><td>–</td><td>0</td><td>1</td><td>0</td>" in room.shown()


def test_models_that_were_compared_have_a_standing(room: Room, second: Actor) -> None:
    for winner in islice(cycle([Winner.A, Winner.A, Winner.B]), 6):
        a, b = written(room, room.actor), written(room, second)
        room.client.opinions.compare(NewComparison(job_a=a, job_b=b, winner=winner))
    room.open("insights")
    [[stronger, weaker]] = drawn(room)
    assert (stronger["name"], weaker["name"]) == (MODEL, OTHER_MODEL)
    assert stronger["low"] < stronger["value"] < stronger["high"]
    assert f"{escape(OTHER_MODEL)}, {MODEL}: 6 comparisons." in room.shown()
    rows = room.shown().split('aria-label="Strengths"')[1]
    assert rows.index(f'<th scope="row">{MODEL}</th><td>+') < rows.index(escape(OTHER_MODEL))
    assert OTHER_MODEL not in room.shown()


def test_a_standing_that_cannot_be_told_says_why(room: Room, second: Actor) -> None:
    a, b = written(room, room.actor), written(room, second)
    room.client.opinions.compare(NewComparison(job_a=a, job_b=b, winner=Winner.A))
    room.open("insights")
    [standing] = room.client.opinions.summary().standings
    assert standing.problem is not None
    assert escape(f"No standing yet: {standing.problem}.") in room.shown()
    assert not drawn(room)


def test_comparisons_of_a_model_with_itself_are_counted(room: Room) -> None:
    a, b = written(room, room.actor), written(room, room.actor)
    room.client.opinions.compare(NewComparison(job_a=a, job_b=b, winner=Winner.TIE))
    room.open("insights")
    assert "Comparisons so far: 1, each of two stories by one model." in room.shown()


def test_each_served_model_can_be_looked_at(room: Room, second: Actor) -> None:
    publish(room, BUNDLED.read_text(encoding="utf-8"))
    room.open("insights")
    assert room.tab.selectbox[0].value == MODEL
    room.tab.selectbox[0].set_value(OTHER_MODEL).run()
    assert f"How {escape(OTHER_MODEL)} tells" in room.shown()
    assert OTHER_MODEL not in room.shown()
