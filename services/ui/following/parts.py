"""A story's text and its status line, as parts of a page that follow the story by themselves.

When it ends, the page is run once more: what can be done with a story changes with its ending.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from services.ui.following.sight import Look, Sight
from services.ui.triggers import component

DRAFT = "once-draft"
STOPPING = ("Stopping…", "waiting")
_part = component("once_story", Path(__file__).with_name("parts.js"))


Run: TypeAlias = tuple[str, str | None]
"""Some text, and the name of who wrote it if that is to be seen."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A job's story as it is seen now, and where the rest of it will come from."""

    sight: Sight
    job_id: str | None = None
    look: Look = field(default_factory=Look)

    @property
    def url(self) -> str | None:
        if self.job_id is None or self.sight.is_over:
            return None
        return self.look.url(self.job_id)


def page(
    followed: Followed,
    passages: Sequence[Sequence[Run]],
    *,
    key: str,
    label: str = "Story",
    seed: str = "",
    frame: str = "",
    legend: Sequence[Run] = (),
) -> None:
    """The text: `passages` in order, of which the last one is the story that is followed.

    `frame` is a class of the page's look; a draft tells of itself at its head.
    """
    data = {
        "part": "page",
        "url": followed.url,
        "label": label,
        "head": label if frame == DRAFT else None,
        "frame": frame,
        "seed": seed,
        "passages": passages,
        "status": followed.sight.status,
        "note": followed.sight.note,
        "legend": legend,
    }
    _part(key=key, data=data, on_ended_change=_no_more)


def status_line(followed: Followed, *, key: str, stopping: bool = False) -> None:
    """The line that a screen reader announces when it changes."""
    is_stopping = stopping and not followed.sight.is_over
    status, colour = STOPPING if is_stopping else (followed.sight.status, followed.sight.colour)
    data = {
        "part": "status",
        "url": followed.url,
        "status": status,
        "colour": colour,
        "stopping": is_stopping,
    }
    _part(key=key, data=data)


def _no_more() -> None:
    """The page is run because it was told: there is nothing else to do."""
