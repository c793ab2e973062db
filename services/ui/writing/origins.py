"""Who wrote which words: an edit keeps the origin of the words that it kept. Pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

from shared.library import Origin, PassageView, StoryView

MOST_WORDS = 4_000
"""What is compared word by word; comparing takes time with the square of it."""
_WORDS = re.compile(r"\S+\s*|\s+")
"""With the white space behind each: a word stays its writer's, whoever changes that."""


@dataclass(frozen=True, slots=True)
class Piece:
    text: str
    origin: Origin


def pieces_of(story: StoryView, passage: PassageView) -> list[Piece]:
    """The passage's text in order. An edit of unknown source is the editor's from end to end."""
    by_id: dict[str | None, PassageView] = {each.id: each for each in story.passages}
    edits: list[PassageView] = []
    first = passage
    while first.origin is Origin.EDIT and first.revises_id in by_id:
        edits.append(first)
        first = by_id[first.revises_id]
    pieces = [Piece(first.text, first.origin)]
    for edit in reversed(edits):
        pieces = edited(pieces, edit.text)
    return pieces


def edited(before: Sequence[Piece], text: str) -> list[Piece]:
    """The text as an edit of what stood before."""
    old = [Piece(word, piece.origin) for piece in before for word in _WORDS.findall(piece.text)]
    new: list[str] = _WORDS.findall(text)
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    middle = _compared(old[head : len(old) - tail], new[head : len(new) - tail])
    return _joined([*old[:head], *middle, *old[len(old) - tail :]])


def without_lead(pieces: Sequence[Piece]) -> list[Piece]:
    """No white space begins a page."""
    whole = "".join(piece.text for piece in pieces)
    lead = len(whole) - len(whole.lstrip())
    left: list[Piece] = []
    for piece in pieces:
        rest = piece.text[lead:]
        lead = max(0, lead - len(piece.text))
        if rest:
            left.append(Piece(rest, piece.origin))
    return left


def _common(old: Sequence[Piece], new: Sequence[str]) -> int:
    """How many words both begin with."""
    pairs = zip(old, new, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0].text == pair[1], pairs))


def _compared(old: Sequence[Piece], new: Sequence[str]) -> Iterator[Piece]:
    if max(len(old), len(new)) > MOST_WORDS:
        yield from (Piece(word, Origin.EDIT) for word in new)
        return
    words = [piece.text.rstrip() for piece in old], [word.rstrip() for word in new]
    matcher = SequenceMatcher(None, *words, autojunk=False)
    for change, first, last, start, end in matcher.get_opcodes():
        if change == "equal":
            kept = zip(old[first:last], new[start:end], strict=True)
            yield from (Piece(word, piece.origin) for piece, word in kept)
        else:
            yield from (Piece(word, Origin.EDIT) for word in new[start:end])


def _joined(pieces: Sequence[Piece]) -> list[Piece]:
    """Neighbours of one origin as one piece."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and joined[-1].origin is piece.origin:
            joined[-1] = Piece(joined[-1].text + piece.text, piece.origin)
        else:
            joined.append(piece)
    return joined
