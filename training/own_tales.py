"""The project's own tales, the model's last lesson: `python -m training.own_tales --out DIR`.

Each was written with its seed and its controls, so nothing has to be inferred. Knows nothing of
batches; a tale of the test split never reaches a training file.
"""

import argparse
import zlib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field
from transformers import PreTrainedTokenizerFast

from shared.prompts import build_prompt
from shared.schemas import Contract, StoryControls
from shared.text import StorySeed
from training.dataset import encode
from training.examples import Example
from training.tokenizer import load_tokenizer

TALES = Path(__file__).parent / "data" / "tales.jsonl"
TEST_PERCENT = 10


class Split(StrEnum):
    TRAIN = "train"
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
        return Example(build_prompt(self.seed, self.controls), self.text)


def split_of(title: str) -> Split:
    """By the title's hash: tales may be added or reordered, and none ever changes sides."""
    is_test = zlib.crc32(title.lower().encode()) % 100 < TEST_PERCENT
    return Split.TEST if is_test else Split.TRAIN


def read_own_tales(split: Split, path: Path = TALES) -> Iterator[OwnTale]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            tale = OwnTale.model_validate_json(line)
            if tale.split is split:
                yield tale


def save(tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    for name, split in (("own", Split.TRAIN), ("own-test", Split.TEST)):
        examples = (tale.example for tale in read_own_tales(split))
        encode(examples, tokenizer).save(folder / f"{name}.npz")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tokenizer", type=Path, default=Path("var/training/tokenizer"))
    parser.add_argument("--out", type=Path, default=Path("var/training/data"))
    arguments = parser.parse_args()
    save(load_tokenizer(arguments.tokenizer), arguments.out)


if __name__ == "__main__":
    main()
