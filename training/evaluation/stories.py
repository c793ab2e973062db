"""Stories for evaluation, written by the served engine, the class that a worker runs, in process.

Knows which prompts are written for, and nothing of how the stories are judged.
"""

import tomllib
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from services.worker.engine import Engine, SequenceRequest
from shared.contract import Contract
from shared.prompts import build_continuation, build_prompt
from shared.sampling import SamplingParams
from shared.schemas import FinishReason, Genre, Length, PointOfView, StoryControls
from training.own_tales import OwnTale

TEMPERATURE = 0.8


class Sampling(NamedTuple):
    """Parameters under the name by which the report tells them apart."""

    name: str
    params: SamplingParams


SAMPLINGS = (
    Sampling("as served", SamplingParams(temperature=TEMPERATURE)),
    Sampling(
        "without serving aids",
        SamplingParams(
            temperature=TEMPERATURE, seed_pull=0, end_at_sentence=False, keep_length=False
        ),
    ),
)


class Order(Contract):
    seed: str
    controls: StoryControls


class Requests(Contract):
    """The fixed requests of every report."""

    requests: list[Order]

    @classmethod
    def load(cls) -> Self:
        text = Path(__file__).with_name("requests.toml").read_text(encoding="utf-8")
        return cls.model_validate(tomllib.loads(text))


@dataclass(frozen=True, slots=True)
class Story:
    text: str
    tokens: int
    """Including the end token, if the story has one: what its length class has to hold."""
    finish: FinishReason


def asked(order: Order) -> str:
    """The prompt that the service would write."""
    return build_prompt(order.seed, order.controls)


def unasked(_: Order) -> str:
    """No seed and no controls: only that a story is to be told."""
    return build_continuation("")


def write_stories(
    engine: Engine,
    orders: Sequence[Order],
    sampling: SamplingParams,
    prompt: Callable[[Order], str] = asked,
) -> list[Story]:
    """One story for each order, its place as its random seed, as many at once as fit."""
    for at, order in enumerate(orders):
        engine.add_request(
            SequenceRequest(
                id=str(at),
                prompt=prompt(order),
                sampling=sampling,
                seed=at,
                token_budget=order.controls.length.token_budget,
                story_seed=order.seed,
                length=order.controls.length,
            )
        )
    texts, ends = [""] * len(orders), dict[int, tuple[int, FinishReason]]()
    while engine.has_work:
        for output in engine.step():
            texts[int(output.id)] += output.text
            if output.finish_reason is not None:
                ends[int(output.id)] = (output.index, output.finish_reason)
    return [Story(texts[at], *ends[at]) for at in range(len(orders))]


def orders_of(tales: Iterable[OwnTale]) -> list[Order]:
    return [Order(seed=tale.seed, controls=tale.controls) for tale in tales]


def contrary(orders: Sequence[Order]) -> list[Order]:
    """Each order's controls and seed replaced by others.

    The other point of view, the next length and genre, and the seed of the next order. What comes
    out of these as was *not* asked for is what would come out whatever one asks.
    """
    return [
        Order(seed=other.seed, controls=_contrary(order.controls))
        for order, other in zip(orders, foreign(orders), strict=True)
    ]


def foreign(orders: Sequence[Order]) -> list[Order]:
    """For each order the next one, in a circle."""
    return [*orders[1:], *orders[:1]]


def chosen(tales: Iterable[OwnTale], count: int) -> list[OwnTale]:
    """At most `count`: one of each kind (genre, length, point of view), then a second, and so on.

    Within a round the ids' hashes decide, so that a round that is cut short prefers no kind.
    """
    taken = Counter[tuple[str, str, str]]()
    places = list[tuple[int, int, OwnTale]]()
    for tale in sorted(tales, key=lambda tale: tale.id):
        kind = (tale.controls.genre, tale.controls.length, tale.controls.pov)
        places.append((taken[kind], zlib.crc32(tale.id.encode()), tale))
        taken[kind] += 1
    return [tale for *_, tale in sorted(places, key=lambda place: place[:2])][:count]


def _contrary(asked: StoryControls) -> StoryControls:
    lengths, genres = list(Length), list(Genre)
    other = PointOfView.THIRD if asked.pov is PointOfView.FIRST else PointOfView.FIRST
    return asked.model_copy(
        update={
            "pov": other,
            "length": lengths[(lengths.index(asked.length) + 1) % len(lengths)],
            "genre": genres[(genres.index(asked.genre) + 1) % len(genres)],
        }
    )
