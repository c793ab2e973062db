"""What the address bar says of the writing page, so that a refresh or another device shows it too.

`?story=&passage=` names what is shown, `job` who writes it, `drafts` what stands side by side.
"""

from dataclasses import dataclass, field
from threading import Event
from typing import Self

import streamlit as st

_DRAFTS_BETWEEN = ","
OVERTAKEN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Address:
    story_id: str | None = None
    passage_id: str | None = None
    job_id: str | None = None
    draft_ids: tuple[str, ...] = ()

    @classmethod
    def current(cls) -> Self:
        said = st.query_params
        drafts = said.get("drafts", "")
        return cls(
            story_id=said.get("story") or None,
            passage_id=said.get("passage") or None,
            job_id=said.get("job") or None,
            draft_ids=tuple(part for part in drafts.split(_DRAFTS_BETWEEN) if part),
        )

    def go(self) -> None:
        """Let the bar say this one, as a step that the browser's back button takes back."""
        named = {
            "story": self.story_id,
            "passage": self.passage_id,
            "job": self.job_id,
            "drafts": _DRAFTS_BETWEEN.join(self.draft_ids),
        }
        st.query_params.from_dict({name: value for name, value in named.items() if value})


@dataclass(frozen=True, slots=True)
class Step:
    """A button led from one address to another at a time (monotonic seconds)."""

    start: Address
    to: Address
    at: float

    def is_overtaken(self, address: Address, came: float) -> bool:
        """A look that came then was sent with the address from before the step, too late."""
        return address == self.start != self.to and came - self.at < OVERTAKEN_SECONDS


@dataclass(frozen=True, slots=True)
class Press:
    """Of a button at an address, that asks the API for something and may lead elsewhere."""

    start: Address
    is_over: Event = field(default_factory=Event)
