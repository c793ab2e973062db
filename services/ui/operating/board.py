"""The service's figures, workers and last minutes as HTML. Knows no Streamlit.

Worker and model names come from outside, so everything is escaped.
"""

from collections.abc import Sequence
from html import escape

from services.ui.operating.looks import KEPT_SECONDS, Look
from shared.jobs import Eta
from shared.operations import Calibration, Delay, WorkerInfo

BARS = 90
"""Two seconds each."""
_FIRST_LOOK_SECONDS = KEPT_SECONDS / BARS
"""So old is the oldest look that is kept, if there was one every second."""
_COLUMNS = ("Worker", "Model", "Numbers", "Stories", "Tokens/s", "Context")


def figures(look: Look) -> str:
    depth, queue = look.queue.depth, look.queue
    return (
        '<dl class="once-figures">'
        + _figure(
            "Waiting", str(look.waiting), f"{depth.interactive} interactive, {depth.batch} batch"
        )
        + _figure("Longest wait", _seconds(queue.oldest_age_seconds), "of those that wait")
        + _figure("Slots in use", f"{look.running} of {look.slots}", _meter(look))
        + _figure("Tokens per second", f"{look.tokens_per_second:,.0f}", "all stories together")
        + _figure("Time to first token", *_first_token(queue.first_token_seconds))
        + _figure("A story asked for now", *_start(queue.eta_seconds, queue.calibration))
        + "</dl>"
    )


def workers_table(workers: Sequence[WorkerInfo]) -> str:
    if not workers:
        return (
            '<p class="once-none">No worker lives. Stories wait, and go on once one comes back.</p>'
        )
    head = "".join(f'<th scope="col">{name}</th>' for name in _COLUMNS)
    rows = "".join(_row(worker) for worker in workers)
    return (
        '<div class="once-table" role="region" aria-label="Workers" tabindex="0">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def history(looks: Sequence[Look], *, now: float) -> str:
    """Two strips of bars over the last minutes, each with its highest value in words.

    Before the page was opened, nobody looked.
    """
    minutes = f"in the last {KEPT_SECONDS / 60:.0f} minutes"
    is_whole = bool(looks) and now - looks[0].at > KEPT_SECONDS - _FIRST_LOOK_SECONDS
    since = minutes if is_whole else "since it was opened"
    rates = _bars([(look.at, look.tokens_per_second) for look in looks], now)
    waits = _bars([(look.at, float(look.waiting)) for look in looks], now)
    return (
        '<div class="once-strips">'
        + _strip("Tokens per second", rates, since)
        + _strip("Stories that wait", waits, since)
        + "</div>"
    )


def _figure(name: str, value: str, note: str) -> str:
    return f"<div><dt>{name}</dt><dd><b>{value}</b><span>{note}</span></dd></div>"


def _meter(look: Look) -> str:
    share = 100 * look.running / look.slots if look.slots else 0
    return (
        '<span class="once-meter" role="meter" aria-label="Slots in use" aria-valuemin="0" '
        f'aria-valuemax="{look.slots}" aria-valuenow="{look.running}">'
        f'<i style="width:{min(share, 100):.0f}%"></i></span>'
    )


def _first_token(delay: Delay | None) -> tuple[str, str]:
    if delay is None:
        return "–", "no story measured yet"
    half = f"half of {_stories(delay.stories)}"
    return _seconds(delay.p50), f"{half}; 95 % within {_seconds(delay.p95)}"


def _start(eta: Eta | None, calibration: Calibration | None) -> tuple[str, str]:
    if eta is None:
        return "–", "no story measured yet"
    if eta.p90 == 0:
        return "at once", "a slot is free"
    bound = f"foretold: nine of ten within {_seconds(eta.p90)}"
    if calibration is not None:
        began = f"{100 * calibration.within_p90:.0f} % began within theirs"
        bound += f"; of the last {_stories(calibration.stories)} {began}"
    return f"in {_seconds(eta.p50)}", bound


def _stories(number: int) -> str:
    return "one story" if number == 1 else f"{number:,} stories"


def _seconds(seconds: float | None) -> str:
    if seconds is None:
        return "–"
    if seconds < 1:
        return f"{1000 * seconds:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"


def _row(worker: WorkerInfo) -> str:
    cells = (
        worker.model,
        worker.numeric_kind,
        f"{worker.running} of {worker.slots}",
        f"{worker.tokens_per_second:,.0f}",
        f"{worker.context_length:,}",
    )
    data = "".join(f"<td>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row">{escape(worker.id)}</th>{data}</tr>'


def _bars(values: Sequence[tuple[float, float]], now: float) -> list[float]:
    """The highest value of each slice of the last minutes; 0 where nobody looked."""
    bars = [0.0] * BARS
    for at, value in values:
        slot = BARS - 1 - int((now - at) * BARS / KEPT_SECONDS)
        if 0 <= slot < BARS:
            bars[slot] = max(bars[slot], value)
    return bars


def _strip(name: str, bars: Sequence[float], since: str) -> str:
    top = max(bars)
    said = f"{name}, as this page saw it {since}: highest {top:,.0f}"
    drawn = "".join(f'<i style="height:{100 * bar / (top or 1):.0f}%"></i>' for bar in bars)
    return (
        f'<figure><figcaption>{said}</figcaption><div class="once-bars" aria-hidden="true">'
        f"{drawn}</div></figure>"
    )
