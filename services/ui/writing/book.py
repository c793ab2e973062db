"""The story's page as HTML. All text is data: every piece of it is escaped here. Pure."""

from collections.abc import Iterable
from html import escape

from services.ui.writing.cuts import Cut
from services.ui.writing.origins import Piece
from shared.library import Origin

_LEGEND = (
    (Origin.MODEL, "written by the model"),
    (Origin.EDIT, "edited by hand"),
    (Origin.SEED, "the seed"),
)


def passage_html(pieces: Iterable[Piece], *, coloured: bool) -> str:
    """One passage, inline: the next one goes on where it ends."""
    if not coloured:
        return f'<span class="once-passage">{escape("".join(each.text for each in pieces))}</span>'
    marked = "".join(
        f'<span class="once-by-{each.origin.value}">{escape(each.text)}</span>' for each in pieces
    )
    return f'<span class="once-passage">{marked}</span>'


def page_html(seed: str, text: str, *, live: bool, coloured: bool, note: str = "") -> str:
    """`text` is HTML, `seed` and `note` are not."""
    said = f'<p class="once-note">{escape(note)}</p>' if note else ""
    mark = f'<span class="once-by-{Origin.SEED.value}">{escape(seed)}</span>'
    return (
        f'<article class="once-page{" once-live" if live else ""}" aria-label="Story" '
        f'aria-busy="{str(live).lower()}">'
        f'<p class="once-seed" dir="auto">{mark if coloured else escape(seed)}</p>'
        f'<div class="once-text" dir="auto">{text}</div>'
        f"{said}{_legend() if coloured else ''}</article>"
    )


def tail_html(seed: str, text: str, *, coloured: bool) -> str:
    """The same for what drafts go on from: its end is in sight, the rest a scroll away."""
    page = page_html(seed, text, live=False, coloured=coloured)
    frame = 'class="once-tail" tabindex="0" role="region" aria-label="Before the drafts"'
    return f"<div {frame}>{page}</div>"


def draft_html(text: str, *, live: bool, status: str, number: int) -> str:
    """One of several drafts that stand side by side."""
    return (
        f'<article class="once-page once-draft{" once-live" if live else ""}" '
        f'aria-label="Draft {number}" aria-busy="{str(live).lower()}">'
        f'<p class="once-draft-status">Draft {number} · {escape(status)}</p>'
        f'<div class="once-text" dir="auto">{escape(text)}</div></article>'
    )


def cut_html(cut: Cut) -> str:
    return (
        f'<p class="once-cut" dir="auto">{escape(cut.kept)}<b class="once-scissors" '
        f'role="img" aria-label="cut here">✂</b><s>{escape(cut.dropped)}</s></p>'
    )


def _legend() -> str:
    marks = " · ".join(
        f'<span class="once-by-{origin.value}">{words}</span>' for origin, words in _LEGEND
    )
    return f'<p class="once-legend">{marks}</p>'
