"""The report: everything that an evaluation found, as it is written to report.json."""

from typing import Self

from pydantic import Field

from shared.bradley_terry import ranked
from shared.contract import Contract
from shared.evaluation import Bleu, Measure
from shared.judgements import Comparison, Rating
from shared.opinions import Standing, Thumbs
from shared.sampling import SamplingParams
from shared.schemas import FinishReason, StoryControls
from training.evaluation.intervals import Interval, mean_interval


class ModelFacts(Contract):
    name: str
    parameters: int
    layers: int
    width: int
    heads: int
    context: int
    vocabulary: int
    megabytes: float
    """Of the weights on disk, 10^6 bytes."""
    sha256: str
    numeric_kind: str


class Perplexity(Contract):
    perplexity: float
    word_perplexity: float
    bits_per_byte: float
    texts: int
    tokens: int
    words: int
    bytes: int


class Overlap(Contract):
    """Generated stories against the tales whose prompts they had."""

    bleu: Bleu
    rouge1: Interval
    rouge2: Interval
    rougeL: Interval


class Variety(Contract):
    distinct_1: float
    distinct_2: float
    distinct_3: float
    mean_distinct_1: float
    mean_distinct_2: float
    mean_distinct_3: float
    self_bleu: float
    repeated_4_grams: float
    repeated_sentences: float


class Protocol(Contract):
    """`says` is what its numbers mean, in a sentence or two."""

    name: str
    says: str
    perplexity: Perplexity
    bits_per_byte: Interval
    overlap: Overlap


class Written(Contract):
    """What the engine wrote for one prompt."""

    seed: str
    controls: StoryControls
    text: str
    tokens: int
    finish: FinishReason
    marks: dict[Measure, float]


class Condition(Contract):
    """Stories written under the same parameters, and how they keep to what was asked."""

    name: str
    says: str
    sampling: SamplingParams | None
    adherence: dict[Measure, Interval]
    variety: Variety
    stories: list[Written]


class Difference(Contract):
    """Paired differences in adherence, `ours` minus `theirs`."""

    ours: str
    theirs: str
    adherence: dict[Measure, Interval]


class BookScore(Contract):
    """Whole tales: as bare text, and under the prompt under which a story goes on.

    Training reads books under that prompt; bare text is what others score.
    """

    book: str
    bare: Perplexity
    prompted: Perplexity


class Opinion(Contract):
    """Mean stars of a model, and the share of thumbs that point up."""

    model: str
    stars: Interval | None
    thumbs_up: Interval | None


class FeedbackReport(Contract):
    opinions: list[Opinion]
    rankings: list[Standing]

    @classmethod
    def of(cls, feedback: list[Rating | Comparison]) -> Self:
        ratings = [one for one in feedback if isinstance(one, Rating)]
        compared = [one for one in feedback if isinstance(one, Comparison)]
        return cls(
            opinions=[_opinion(name, ratings) for name in sorted({one.model for one in ratings})],
            rankings=ranked((one.model_a, one.model_b, one.winner) for one in compared),
        )


class Report(Contract):
    model: ModelFacts
    protocols: list[Protocol]
    conditions: list[Condition]
    requests: list[Written]
    """Stories for the fixed requests of every report, as served."""
    differences: list[Difference]
    genre_judge: Interval
    """Its accuracy on the tales of the test split, from which it did not learn."""
    genre_rule: Interval
    copied_from: list[str]
    """Where the training texts lay whose 8-grams count as copied."""
    books: list[BookScore] = Field(default_factory=list)
    """One for each book; after several, one for all of them."""
    feedback: FeedbackReport | None = None
    seconds: float
    """What the evaluation took."""


def _opinion(model: str, ratings: list[Rating]) -> Opinion:
    own = [one for one in ratings if one.model == model]
    stars = [float(one.stars) for one in own if one.stars is not None]
    thumbs = [float(one.thumbs is Thumbs.UP) for one in own if one.thumbs is not None]
    return Opinion(
        model=model,
        stars=mean_interval(stars) if stars else None,
        thumbs_up=mean_interval(thumbs) if thumbs else None,
    )
