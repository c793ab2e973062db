"""A training recipe: what a configuration file may say, validated."""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt
from transformers import GPT2Config


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shape(Strict):
    layers: PositiveInt
    width: PositiveInt
    heads: PositiveInt
    context: PositiveInt

    def config(self, vocabulary: int, end_token: int) -> GPT2Config:
        # No dropout: every example is seen about once, so there is nothing to overfit.
        return GPT2Config(
            vocab_size=vocabulary,
            n_positions=self.context,
            n_embd=self.width,
            n_layer=self.layers,
            n_head=self.heads,
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=end_token,
            eos_token_id=end_token,
            use_cache=False,
        )


class Phase(Strict):
    context: PositiveInt
    micro_batch: PositiveInt
    share: Annotated[float, Field(gt=0, le=1)]
    mix: dict[str, float]
    """Share of rows by data set name."""


class LastLesson(Strict):
    """After the phases: every example in a row of its own, as in serving, at lower rates."""

    minutes: PositiveFloat
    rate: Annotated[float, Field(gt=0, le=1)]
    """Share of the full learning rates, at its height."""
    micro_batch: PositiveInt
    mix: dict[str, float]


class Recipe(Strict):
    seed: int
    budget_minutes: PositiveFloat
    """Time for the phases; the last lesson comes on top."""
    tokens_per_step: PositiveInt
    muon_lr: PositiveFloat
    adam_lr: PositiveFloat
    save_every_minutes: PositiveFloat
    model: Shape
    phases: Annotated[list[Phase], Field(min_length=1)]
    last_lesson: LastLesson

    @property
    def minutes(self) -> float:
        return self.budget_minutes + self.last_lesson.minutes

    @classmethod
    def load(cls, path: Path) -> "Recipe":
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))

    def rate_at(self, minutes: float) -> float:
        """Share of the full learning rates."""
        if minutes < self.budget_minutes:
            return first_rate(minutes / self.budget_minutes)
        lesson = self.last_lesson
        return lesson.rate * last_rate((minutes - self.budget_minutes) / lesson.minutes)

    def phase_at(self, progress: float) -> Phase:
        """The phase at `progress`, a share of the phases' time from 0 to 1."""
        end = 0.0
        for phase in self.phases:
            end += phase.share
            if progress < end:
                return phase
        return self.phases[-1]


def first_rate(progress: float) -> float:
    """Short warm-up, plateau, straight line to zero."""
    return min(1.0, 0.05 + progress / 0.02, max(0.0, 1 - progress) / 0.65)


def last_rate(progress: float) -> float:
    """Short warm-up, then a straight line to zero: nothing new is learned, only better."""
    return max(0.0, min(0.05 + progress / 0.05, 1 - progress))
