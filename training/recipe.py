"""A training recipe: what a configuration file may say, validated."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt, model_validator
from transformers import GPT2Config

Share = Annotated[float, Field(ge=0, le=1)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Shape(Strict):
    """A model made from nothing."""

    layers: PositiveInt
    width: PositiveInt
    heads: PositiveInt
    context: PositiveInt

    def config(self, vocabulary: int, end_token: int) -> GPT2Config:
        # No dropout: books are read about once, so there is little to overfit.
        return GPT2Config(
            vocab_size=vocabulary,
            n_positions=self.context,
            n_embd=self.width,
            n_layer=self.layers,
            n_head=self.heads,
            activation_function="gelu_pytorch_tanh",  # "gelu_new" is the same, in six steps
            resid_pdrop=0.0,
            embd_pdrop=0.0,
            attn_pdrop=0.0,
            bos_token_id=end_token,
            eos_token_id=end_token,
            use_cache=False,
        )


class Lesson(Strict):
    """One run of the Trainer over a mix of data sets; it goes on from the lesson before."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]+$")]
    passes: dict[str, PositiveFloat]
    """How often each data set is read; 0.5 reads a random half of it."""
    context: PositiveInt
    """Tokens in a row; rows hold several examples, and none sees another."""
    rows: PositiveInt
    """Rows per device in one forward pass."""
    accumulate: PositiveInt = 1
    """Forward passes per optimiser step."""
    learning_rate: PositiveFloat
    """AdamW's."""
    muon_learning_rate: PositiveFloat | None = None
    """With it, Muon trains the matrices inside the blocks, and AdamW the rest."""
    schedule: Literal["linear", "cosine", "constant_with_warmup"] = "linear"
    warm_up: Share = 0.03
    """Share of the steps."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    evaluate_steps: PositiveInt = 200
    """Steps between two looks at the watched data sets; a checkpoint is written at each."""
    patience: Annotated[int, Field(ge=0)] = 0
    """Looks without a better loss before the lesson ends early and the best weights are taken
    (0: never)."""
    max_steps: PositiveInt | None = None


class Recipe(Strict):
    seed: int
    shape: Shape | None = None
    base: str | None = None
    """A directory or hub name of a GPT-2 to start from, with its own tokenizer."""
    watched: dict[str, str]
    """Data sets that are measured and never trained on, by the name under which they are logged;
    the first decides about stopping early."""
    lessons: Annotated[list[Lesson], Field(min_length=1)]

    @model_validator(mode="after")
    def starts_from_one_thing(self) -> Self:
        if (self.shape is None) == (self.base is None):
            raise ValueError("a recipe has either a [shape] or a base")
        return self

    @classmethod
    def load(cls, path: Path) -> "Recipe":
        return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
