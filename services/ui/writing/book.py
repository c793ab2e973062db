"""The story's pages: which words are marked as whose. All text is data, and never markup. Pure."""

from collections.abc import Iterable, Sequence
from html import escape

from services.ui.following.parts import Run
from services.ui.writing.cuts import Cut
from services.ui.writing.origins import Piece
from shared.library import Origin

LEGEND: tuple[Run, ...] = (
    ("written by the model", Origin.MODEL.value),
    (" · ", None),
    ("edited by hand", Origin.EDIT.value),
    (" · ", None),
    ("the seed", Origin.SEED.value),
)


def runs(pieces: Iterable[Piece], *, coloured: bool) -> list[Run]:
    """One passage, in one run unless it is told who wrote what."""
    if coloured:
        return [(each.text, each.origin.value) for each in pieces]
    return [("".join(each.text for each in pieces), None)]


def tail_html(seed: str, passages: Iterable[Sequence[Run]]) -> str:
    """What drafts go on from: its end is in sight, the rest a scroll away."""
    said = f'<p class="once-seed" dir="auto">{escape(seed)}</p>'
    return _region("once-tail", "The text before", said + _text_html(passages))


def behind_html(passages: Iterable[Sequence[Run]]) -> str:
    """What follows on an edit: its beginning is in sight."""
    return _region("once-behind", "The text that follows", _text_html(passages))


def cut_html(cut: Cut) -> str:
    return (
        f'<p class="once-cut" dir="auto">{escape(cut.kept)}<b class="once-scissors" '
        f'role="img" aria-label="cut here">✂</b><s>{escape(cut.dropped)}</s></p>'
    )


def _region(kind: str, label: str, inner: str) -> str:
    return (
        f'<div class="{kind}" tabindex="0" role="region" aria-label="{label}">'
        f'<article class="once-page" aria-label="Story">{inner}</article></div>'
    )


def _text_html(passages: Iterable[Sequence[Run]]) -> str:
    text = "".join(_run_html(run) for passage in passages for run in passage)
    return f'<div class="once-text" dir="auto">{text}</div>'


def _run_html(run: Run) -> str:
    text, origin = run
    marked = f' class="once-by-{origin}"' if origin else ""
    return f"<span{marked}>{escape(text)}</span>"
