"""The project's own tales, the model's last lesson.

Each was written with its seed and its controls, so nothing has to be inferred. No recipe reads the
test split.
"""

import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field

from shared.contract import Contract
from shared.prompts import build_prompt
from shared.schemas import StoryControls
from shared.text import StorySeed
from training.examples import Example

TALES = Path(__file__).parent / "data" / "tales.jsonl"
TEST_PERCENT = 10
VALIDATION_PERCENT = 3


class Split(StrEnum):
    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class OwnTale(Contract):
    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    split: Split
    title: str
    seed: StorySeed
    controls: StoryControls
    text: str

    @property
    def example(self) -> Example:
        """The prompt is the one that the service would write for this seed."""
        return Example(build_prompt(self.seed, self.controls), self.text, ends=True)


def split_of(title: str) -> Split:
    """By the title's hash: tales may be added or reordered, and none ever changes sides."""
    chance = zlib.crc32(title.lower().encode()) % 100
    if chance < TEST_PERCENT:
        return Split.TEST
    return Split.VALIDATION if chance < TEST_PERCENT + VALIDATION_PERCENT else Split.TRAIN


def read_own_tales(split: Split, path: Path = TALES) -> Iterator[OwnTale]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            tale = OwnTale.model_validate_json(line)
            if tale.split is split:
                yield tale
