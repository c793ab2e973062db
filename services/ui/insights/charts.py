"""The page's pictures. Whatever they show is told in a table as well.

Colours are readable on paper and by night, and a shape goes with each. Names are values of a
field, which Vega draws as plain text.
"""

import textwrap
from collections.abc import Sequence

import altair as alt

from services.ui.insights.figures import label, mean_stars, thumbs_up
from services.ui.insights.report import Condition
from services.ui.palette import CHART_COLOURS
from shared.opinions import RatedDay, Standing

_SHAPES = ("circle", "square", "diamond", "triangle-up", "cross")
_LINE_CHARS = 22
_STEP = 11
"""Pixels from one dot to the next."""
_LEGEND = alt.Legend(orient="top", columns=1, title=None, labelLimit=0, symbolSize=80)
_Row = dict[str, str | float]


def adherence(conditions: Sequence[Condition], measures: Sequence[str]) -> alt.LayerChart:
    """A dot with its interval for every measure and condition."""
    rows: list[_Row] = [
        {"measure": _in_lines(label(measure)), "name": one.name, **found.model_dump()}
        for measure in measures
        for one in conditions
        if (found := one.adherence.get(measure)) is not None
    ]
    names = [one.name for one in conditions]
    lines = alt.Axis(labelExpr="split(datum.label, '\\n')", labelLimit=0, title=None)
    where = alt.Chart(_data(rows)).encode(
        y=alt.Y("measure:N", sort=None, axis=lines, scale=alt.Scale(paddingInner=0.35)),
        yOffset=alt.YOffset("name:N", sort=names),
    )
    share = alt.Axis(title="share of stories", format="%")
    return _with_intervals(where, names, share).properties(height=alt.Step(_STEP))


def standing(found: Standing) -> alt.LayerChart:
    """Strongest first."""
    names = [one.model for one in found.strengths]
    rows: list[_Row] = [
        {"name": one.model, "value": one.value, "low": one.low, "high": one.high}
        for one in found.strengths
    ]
    where = alt.Chart(_data(rows)).encode(
        y=alt.Y("name:N", sort=names, axis=alt.Axis(title=None, labelLimit=140))
    )
    strength = alt.Axis(title="log strength")
    return _with_intervals(where, names, strength, legend=None).properties(height=alt.Step(32))


def stars(days: Sequence[RatedDay]) -> alt.LayerChart:
    rows: list[_Row] = [
        {"day": day.day, "name": day.model, "value": mean, "opinions": sum(day.stars)}
        for day in days
        if (mean := mean_stars(day)) is not None
    ]
    scale = alt.Scale(domain=[1, 5])
    return _over_days(rows, alt.Y("value:Q", title="mean stars", scale=scale))


def thumbs(days: Sequence[RatedDay]) -> alt.LayerChart:
    rows: list[_Row] = [
        {
            "day": day.day,
            "name": day.model,
            "value": share,
            "opinions": day.thumbs_up + day.thumbs_down,
        }
        for day in days
        if (share := thumbs_up(day)) is not None
    ]
    axis = alt.Axis(format="%")
    scale = alt.Scale(domain=[0, 1])
    return _over_days(rows, alt.Y("value:Q", title="thumbs up", scale=scale, axis=axis))


def _with_intervals(
    where: alt.Chart, names: Sequence[str], axis: alt.Axis, *, legend: alt.Legend | None = _LEGEND
) -> alt.LayerChart:
    """Each row's value as a mark on the line from `low` to `high`."""
    colour, shape = _colour(names, legend), _shape(names, legend)
    lines = where.mark_rule(strokeWidth=2).encode(
        x=alt.X("low:Q", axis=axis), x2="high:Q", color=colour
    )
    dots = where.mark_point(filled=True, size=55, opacity=1).encode(
        x=alt.X("value:Q", axis=axis), color=colour, shape=shape
    )
    return alt.LayerChart(layer=[lines, dots])


def _over_days(rows: Sequence[_Row], y: alt.Y) -> alt.LayerChart:
    """One line for each model through the days on which anything was said; more said, larger."""
    names = list(dict.fromkeys(str(row["name"]) for row in rows))
    legend = _LEGEND if len(names) > 1 else None
    colour, shape = _colour(names, legend), _shape(names, legend)
    days = alt.X("day:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True))
    base = alt.Chart(_data(rows)).encode(x=days, y=y)
    size = alt.Size("opinions:Q", legend=None, scale=alt.Scale(range=[60, 300]))
    dots = base.mark_point(filled=True, opacity=1).encode(size=size, color=colour, shape=shape)
    return alt.LayerChart(layer=[base.mark_line().encode(color=colour), dots]).properties(
        height=260
    )


def _colour(names: Sequence[str], legend: alt.Legend | None) -> alt.Color:
    return alt.Color("name:N", scale=_scale(names, CHART_COLOURS), legend=legend)


def _shape(names: Sequence[str], legend: alt.Legend | None) -> alt.Shape:
    return alt.Shape("name:N", scale=_scale(names, _SHAPES), legend=legend)


def _scale(names: Sequence[str], looks: Sequence[str]) -> alt.Scale:
    return alt.Scale(domain=list(names), range=list(looks))


def _data(rows: Sequence[_Row]) -> alt.InlineData:
    return alt.InlineData(values=list(rows))


def _in_lines(text: str) -> str:
    return textwrap.fill(text, _LINE_CHARS)
