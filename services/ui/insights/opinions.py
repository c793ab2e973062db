"""What readers say of stories, in numbers: by day, and by model against model."""

from collections.abc import Sequence

import streamlit as st

from services.ui import components
from services.ui.insights import charts, tables
from services.ui.insights.figures import mean_stars, thumbs_up
from services.ui.state import api_client
from shared.opinions import OpinionSummary, RatedDay, Standing

_STRENGTH = (
    "Bradley–Terry strengths with 95 % intervals: 0 is the mean of the models that were compared, "
    "and between two of them each whole number is odds of e (2.7) to 1 for the stronger."
)


def opinions(said: OpinionSummary) -> None:
    components.subsection("Ratings by day")
    if said.days:
        _days(said.days)
    else:
        components.hint(
            "Nobody has rated a story yet. Give a thumb or stars below a story that is written."
        )
    components.subsection("Which model readers prefer")
    _comparisons(said)
    if said.days or said.comparisons:
        st.download_button(
            "Download all opinions (JSON lines)",
            data=api_client().opinions.export,
            file_name="opinions.jsonl",
            mime="application/x-ndjson",
            on_click="ignore",
        )


def _days(days: Sequence[RatedDay]) -> None:
    left, right = st.columns(2, gap="large")
    if any(sum(day.stars) for day in days):
        alt = "Mean stars by day and model; the table below holds the same numbers"
        left.altair_chart(charts.stars(days), alt=alt)
    if any(thumbs_up(day) is not None for day in days):
        alt = "Share of thumbs that point up by day and model; the table below holds the numbers"
        right.altair_chart(charts.thumbs(days), alt=alt)
    heads = (
        "Day (UTC)",
        "Model",
        "Opinions",
        "Mean stars",
        "Stars given",
        "Thumbs up",
        "Thumbs down",
    )
    st.html(tables.table("Ratings by day", heads, [_row(day) for day in days]))


def _row(day: RatedDay) -> list[str]:
    mean = mean_stars(day)
    return [
        day.day,
        day.model,
        f"{day.opinions}",
        "–" if mean is None else f"{mean:.2f}",
        f"{sum(day.stars)}",
        f"{day.thumbs_up}",
        f"{day.thumbs_down}",
    ]


def _comparisons(said: OpinionSummary) -> None:
    if not said.comparisons:
        components.hint("No two stories have been compared yet.")
    elif not said.standings:
        components.hint(
            f"Comparisons so far: {said.comparisons}, each of two stories by one model. Serve two "
            "models and compare them, and their standing appears here."
        )
    else:
        components.hint(_STRENGTH)
    for number, standing in enumerate(said.standings):
        _standing(standing, number)
    if not said.standings:
        st.page_link("views/compare.py", label="Compare two stories")


def _standing(found: Standing, number: int) -> None:
    names = ", ".join(found.models)
    components.hint(f"{names}: {found.comparisons} comparisons.")
    if found.problem is not None:
        components.hint(f"No standing yet: {found.problem}.")
        return
    st.altair_chart(
        charts.standing(found),
        key=f"standing-{number}",
        alt="Strength of each model with its 95 % interval; the table below holds the numbers",
    )
    rows = [
        [one.model, f"{one.value:+.2f}", f"{one.low:+.2f} to {one.high:+.2f}"]
        for one in found.strengths
    ]
    st.html(tables.table("Strengths", ("Model", "Log strength", "95 % interval"), rows))
