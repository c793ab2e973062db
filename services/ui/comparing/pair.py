"""Two stories for one prompt: asked for together, and told apart by nothing but their words.

Which one is shown as A is drawn before anything is sent, and A is always sent first: neither the
ids nor the order of the work tells which request is which. Knows no Streamlit.
"""

import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from services.ui.clicks import Shown
from services.ui.story import Phase, Story
from shared.client import Client
from shared.client.errors import ApiError
from shared.library import StoryView
from shared.opinions import Winner
from shared.schemas import GenerateRequest

SEEDS = 2**53
"""No browser shows a larger whole number with all its digits."""
Two: TypeAlias = tuple[GenerateRequest, GenerateRequest]


@dataclass(frozen=True, slots=True)
class Pair:
    """The job of story A and that of story B."""

    a: str
    b: str


@dataclass(frozen=True, slots=True)
class Begun:
    """A pair that was asked for."""

    pair: Pair
    shown: Shown = field(default_factory=Shown)


@dataclass(slots=True)
class ComparingState:
    begun: Begun | None = None
    refused: ApiError | None = None
    """Why the last thing that was asked for did not happen."""
    stopping: Pair | None = None
    seeds: dict[Pair, str] = field(default_factory=dict)
    votes: dict[Pair, Winner | None] = field(default_factory=dict)
    """What this person is known to have voted; None for pairs that wait for a vote."""
    kept: dict[str, StoryView | ApiError] = field(default_factory=dict)
    """By job: the story that the library made of it, or why it made none."""


def two_of(request: GenerateRequest, models: Sequence[str | None]) -> Two:
    """The request for the first and the last of the models. A seed that it has is the first's."""
    first, second = (request.model_copy(update={"model": models[place]}) for place in (0, -1))
    if first.sampling.seed is None:
        first = _newly_seeded(first)
    return first, _newly_seeded(second)


def again(one: GenerateRequest, other: GenerateRequest) -> Two:
    """The two requests once more, with new seeds."""
    return _newly_seeded(one), _newly_seeded(other)


def begin(client: Client, two: Two) -> Pair:
    """Ask for both or for none. Raises ApiError."""
    shown_as_a, shown_as_b = secrets.SystemRandom().sample(two, 2)
    a = client.jobs.create(shown_as_a)
    try:
        b = client.jobs.create(shown_as_b)
    except ApiError:
        with contextlib.suppress(ApiError):
            client.jobs.cancel(a.id)
        raise
    return Pair(a.id, b.id)


def is_over(*stories: Story) -> bool:
    return all(story.phase.is_final for story in stories)


def can_be_judged(*stories: Story) -> bool:
    """Both have ended, and there is something to read; a failed story is nobody's choice."""
    return all(
        story.phase in (Phase.DONE, Phase.STOPPED) and story.text.strip() for story in stories
    )


def _newly_seeded(request: GenerateRequest) -> GenerateRequest:
    sampling = request.sampling.model_copy(update={"seed": secrets.randbelow(SEEDS)})
    return request.model_copy(update={"sampling": sampling})
