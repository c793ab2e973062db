"""Where a passage can be left: behind each of its words but the last. Pure."""

import re
from dataclasses import dataclass

AROUND_CHARS = 220
"""How much is shown on each side of a cut."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Both sides of a cut, shortened to what stands near it."""

    kept: str
    dropped: str


def cuts_of(text: str) -> list[int]:
    """How many characters each cut keeps."""
    return [word.end() for word in re.finditer(r"\S+", text)][:-1]


def cut_at(text: str, at: int) -> Cut:
    kept, dropped = text[:at], text[at:]
    if len(kept) > AROUND_CHARS:
        kept = "…" + kept[-AROUND_CHARS:].split(maxsplit=1)[-1]
    if len(dropped) > AROUND_CHARS:
        dropped = dropped[:AROUND_CHARS].rsplit(maxsplit=1)[0] + "…"
    return Cut(kept, dropped)
