"""Numbers as tables that can be read aloud, and how an interval is written.

Names in them are data: everything is escaped.
"""

from collections.abc import Iterable, Sequence
from html import escape

from services.ui.insights.report import Interval


def table(name: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """The first cell of a row names it. A table that is too wide scrolls, by keyboard as well."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in heads)
    body = "".join(_row(row) for row in rows)
    return (
        f'<div class="once-table" role="region" aria-label="{escape(name)}" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def folded(table_: str) -> str:
    """A long table behind a line that opens it."""
    summary = "The same in numbers"
    return f'<details class="once-numbers"><summary>{summary}</summary>{table_}</details>'


def sayings(said: Iterable[tuple[str, str]]) -> str:
    """Names and what they mean."""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{escape(says)}</dd>" for name, says in said)
    return f'<dl class="once-says">{items}</dl>'


def spread(interval: Interval, digits: int = 3) -> str:
    value, low, high = (
        f"{one:.{digits}f}" for one in (interval.value, interval.low, interval.high)
    )
    return f"{value} {_brackets(low, high)}"


def percent(interval: Interval | None) -> str:
    if interval is None:
        return "–"
    value, low, high = (100 * one for one in (interval.value, interval.low, interval.high))
    return f"{value:.0f} % {_brackets(f'{low:.0f}', f'{high:.0f}')}"


def _brackets(low: str, high: str) -> str:
    """In a narrow column they stay on one line."""
    return f"[{low},\N{NO-BREAK SPACE}{high}]"


def _row(cells: Sequence[str]) -> str:
    data = "".join(f"<td>{escape(cell)}</td>" for cell in cells[1:])
    return f'<tr><th scope="row">{escape(cells[0])}</th>{data}</tr>'
