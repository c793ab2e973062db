"""Readers' judgements in the file form in which they leave the service and reach the evaluation.

JSON lines, each a rating of one story or a comparison of two. Whoever exports feedback writes
this, and whoever reads it reads this.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from shared.contract import Contract
from shared.opinions import Thumbs, Winner

Name = Annotated[str, Field(min_length=1)]


class Rating(Contract):
    """One story, in one to five stars or by a thumb: whoever gave both said two things."""

    kind: Literal["rating"] = "rating"
    model: Name
    prompt: str
    story: str
    job: str | None = None
    stars: Annotated[int, Field(ge=1, le=5)] | None = None
    thumbs: Thumbs | None = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if (self.stars is None) == (self.thumbs is None):
            raise ValueError("a rating has either stars or thumbs")
        return self


class Comparison(Contract):
    """Two stories for one prompt, of which a reader preferred one or neither."""

    kind: Literal["comparison"] = "comparison"
    prompt: str
    model_a: Name
    story_a: str
    model_b: Name
    story_b: str
    winner: Winner

    @property
    def preferred(self) -> tuple[str, str] | None:
        """The chosen and the rejected story; None for a tie."""
        if self.winner is Winner.TIE:
            return None
        if self.winner is Winner.A:
            return self.story_a, self.story_b
        return self.story_b, self.story_a


Judgement = Annotated[Rating | Comparison, Field(discriminator="kind")]
