"""Two stories for one prompt: asked for together, and told apart by nothing but their words.

Which one is shown as A is drawn before anything is sent, and A is always sent first: neither the
ids nor the order of the work tells which request is which. Knows no Streamlit.
"""

import contextlib
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self, TypeAlias

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
class Drawn:
    """What chance made of a wish: the requests for story A and story B, with their seeds.

    The keys are the names under which the service knows the two again.
    """

    wish: object
    two: Two
    keys: tuple[str, str]

    @classmethod
    def of(cls, wish: object, two: Two) -> Self:
        shown_as_a, shown_as_b = secrets.SystemRandom().sample(two, 2)
        return cls(wish, (shown_as_a, shown_as_b), (uuid.uuid4().hex, uuid.uuid4().hex))


@dataclass(frozen=True, slots=True)
class Begun:
    """A pair that was asked for."""

    pair: Pair
    shown: Shown = field(default_factory=Shown)


@dataclass(slots=True)
class ComparingState:
    begun: Begun | None = None
    drawn: Drawn | None = None
    """What was sent last, until the service has answered it."""
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


def drawn_for(state: ComparingState, wish: object, two: Two) -> Drawn:
    """The `two` as they are to be sent, or what the same wish was sent as and nobody answered yet.

    Who got no answer, or presses twice, cannot know whether the service has heard the wish.
    """
    if state.drawn is None or state.drawn.wish != wish:
        state.drawn = Drawn.of(wish, two)
    return state.drawn


def begin(client: Client, drawn: Drawn) -> Pair:
    """Ask for both or for none. Raises ApiError.

    Where no answer came, what may have been begun goes on: asked for again, it is the same.
    """
    a = client.jobs.create(drawn.two[0], idempotency_key=drawn.keys[0])
    try:
        b = client.jobs.create(drawn.two[1], idempotency_key=drawn.keys[1])
    except ApiError as error:
        if is_answer(error):
            with contextlib.suppress(ApiError):
                client.jobs.cancel(a.id)
        raise
    return Pair(a.id, b.id)


def is_answer(error: ApiError) -> bool:
    """Whether the service said no; else it may have heard what was asked for all the same."""
    return error.status is not None


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
