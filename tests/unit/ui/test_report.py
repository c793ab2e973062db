"""A report is read as far as it is shown, whatever else stands in it."""

import json
from pathlib import Path
from typing import Any

import pytest

import services.worker
from services.ui.insights import tables
from services.ui.insights.figures import label, mean_stars, thumbs_up
from services.ui.insights.report import Interval, read_report
from shared.client.errors import ApiError, ClientCode
from shared.opinions import RatedDay

BUNDLED = Path(services.worker.__path__[0]) / "checkpoints/fairytale-mini/evaluation/report.json"


@pytest.fixture
def parsed() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(BUNDLED.read_bytes())
    return found


def test_the_bundled_report_is_read_whole(parsed: dict[str, Any]) -> None:
    report = read_report(BUNDLED.read_bytes())
    assert report.model.name == parsed["model"]["name"]
    assert [one.name for one in report.protocols] == ["in sample", "held out"]
    assert len(report.conditions) == len(parsed["conditions"])
    assert report.conditions[0].adherence.keys() == parsed["conditions"][0]["adherence"].keys()
    assert len(report.requests) == len(parsed["requests"])
    assert len(report.books) == len(parsed["books"])


def test_what_a_later_report_has_more_is_ignored(parsed: dict[str, Any]) -> None:
    parsed["mood"] = "good"
    parsed["model"]["colour"] = "red"
    del parsed["books"]
    report = read_report(json.dumps(parsed).encode())
    assert report.model.name == "fairytale-mini"
    assert report.books == []


@pytest.mark.parametrize(
    "content",
    [b"", b"no JSON", b"[]", b'{"model": {"name": "tiny"}}', b"\xff"],
    ids=["empty", "text", "list", "half", "binary"],
)
def test_what_is_no_report_is_named_as_such(content: bytes) -> None:
    with pytest.raises(ApiError, match="another form") as caught:
        read_report(content)
    assert caught.value.code == ClientCode.BAD_ANSWER


def test_a_number_that_cannot_be_drawn_is_refused(parsed: dict[str, Any]) -> None:
    parsed["conditions"][0]["adherence"]["original"]["high"] = float("inf")
    with pytest.raises(ApiError):
        read_report(json.dumps(parsed).encode())


def test_a_table_names_its_rows_and_columns_and_obeys_no_cell() -> None:
    html = tables.table("<i>", ["", "<b>"], [["<u>", "<img src=x>"]])
    assert '<th scope="col">&lt;b&gt;</th>' in html
    assert '<th scope="row">&lt;u&gt;</th><td>&lt;img src=x&gt;</td>' in html
    assert 'aria-label="&lt;i&gt;" tabindex="0"' in html


def test_intervals_are_written_with_what_they_hold() -> None:
    found = Interval(value=0.25, low=0.1, high=0.4)
    assert tables.spread(found) == "0.250 [0.100,\N{NO-BREAK SPACE}0.400]"
    assert tables.percent(found) == "25 % [10,\N{NO-BREAK SPACE}40]"
    assert tables.percent(None) == "–"


def test_a_measure_that_we_do_not_know_keeps_its_name() -> None:
    assert label("first_person") == "first person when asked"
    assert label("a new one") == "a new one"


def test_a_day_without_stars_or_thumbs_has_no_mean() -> None:
    day = RatedDay(
        day="2026-01-02", model="m", opinions=4, stars=[1, 0, 0, 0, 2], thumbs_up=1, thumbs_down=3
    )
    assert mean_stars(day) == pytest.approx(11 / 3)
    assert thumbs_up(day) == 0.25
    quiet = day.model_copy(update={"stars": [0] * 5, "thumbs_up": 0, "thumbs_down": 0})
    assert (mean_stars(quiet), thumbs_up(quiet)) == (None, None)
