"""An evaluation report, as far as the page shows it.

The training writes it and may write more by the time it is read: what is not shown here is
ignored, and what cannot be read as a report is named as such.
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, FiniteFloat, ValidationError

from shared.client.errors import ApiError, ClientCode


class Part(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Interval(Part):
    """An estimate and its 95 % interval."""

    value: FiniteFloat
    low: FiniteFloat
    high: FiniteFloat


class ModelFacts(Part):
    name: str
    parameters: int
    context: int
    vocabulary: int
    megabytes: float
    sha256: str
    numeric_kind: str


class Perplexity(Part):
    perplexity: float
    word_perplexity: float
    bits_per_byte: float
    texts: int
    words: int


class Bleu(Part):
    bleu: float


class Overlap(Part):
    bleu: Bleu
    rouge1: Interval
    rouge2: Interval
    rougeL: Interval


class Protocol(Part):
    """`says` is what its numbers mean."""

    name: str
    says: str
    perplexity: Perplexity
    bits_per_byte: Interval
    overlap: Overlap


class Condition(Part):
    """How stories that were asked for in one way keep to what was asked, by measure.

    `sampling` is how their words were drawn; None if people wrote them.
    """

    name: str
    says: str
    sampling: dict[str, Any] | None = None
    adherence: dict[str, Interval]


class Wanted(Part):
    genre: str
    pov: str
    style: str
    length: str


class Written(Part):
    seed: str
    controls: Wanted
    text: str
    tokens: int
    finish: str


class BookScore(Part):
    book: str
    bare: Perplexity
    prompted: Perplexity


class Report(Part):
    model: ModelFacts
    protocols: list[Protocol]
    conditions: list[Condition]
    requests: list[Written]
    books: list[BookScore] = []


def read_report(content: bytes) -> Report:
    """Raises ApiError if it is none."""
    try:
        return Report.model_validate_json(content)
    except ValidationError as error:
        detail = "The model's report has another form than this page knows."
        raise ApiError(ClientCode.BAD_ANSWER, detail) from error
