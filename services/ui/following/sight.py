"""What a page shows of a story at one moment, as a value. Pure: knows no page and no stream."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import quote, urlencode

from services.ui import wording
from services.ui.story import Story
from shared.client.errors import ApiError


@dataclass(frozen=True, slots=True)
class Look:
    """How a page looks at a job's story; the address of the stream says it."""

    words_before: int = 0
    """Of the page's text, ahead of this story."""
    is_blind: bool = False
    """Nothing is told of what the story was made from."""

    def url(self, job_id: str) -> str:
        query = urlencode({"before": self.words_before, "blind": int(self.is_blind)})
        return f"live/{quote(job_id, safe='')}?{query}"

    @classmethod
    def asked(cls, query: Mapping[str, str]) -> Self:
        """From the address. Raises ValueError for a number that is none."""
        before, blind = int(query.get("before", "0")), int(query.get("blind", "0"))
        return cls(words_before=max(before, 0), is_blind=bool(blind))


@dataclass(frozen=True, slots=True)
class Sight:
    text: str
    status: str
    colour: str
    note: str = ""
    is_over: bool = False

    @classmethod
    def of(
        cls, story: Story, look: Look, *, trouble: ApiError | None = None, silent_seconds: float = 0
    ) -> Self:
        if look.is_blind:
            story = replace(story, job=None)
        status, colour = wording.status_now(story, trouble, silent_seconds)
        return cls(
            # No white space begins a page.
            text=story.text if look.words_before else story.text.lstrip(),
            status=status,
            colour=colour,
            note=wording.picked_up(story, look.words_before),
            is_over=story.phase.is_final,
        )

    def since(self, told: Self | None) -> dict[str, str | bool] | None:
        """What to tell who knows `told`: all at first, then only what came; None if nothing did."""
        if self == told:
            return None
        rest: dict[str, str | bool] = {
            "status": self.status,
            "colour": self.colour,
            "note": self.note,
            "over": self.is_over,
        }
        if told is not None and self.text.startswith(told.text):
            return {"more": self.text[len(told.text) :], **rest}
        return {"text": self.text, **rest}
