"""Encodes examples for training: `python -m training.dataset --tales FILE --tokenizer DIR`.

A dataset is three arrays in one .npz: `tokens`, and where each example and each story begins.
"""

import argparse
import random
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from transformers import PreTrainedTokenizerFast

from training.examples import Example, examples_of, openings_of
from training.seeds import plain_title
from training.tales import Tale, read_tales
from training.tokenizer import load_tokenizer

HELD_OUT_PERCENT = 2


@dataclass(frozen=True, slots=True)
class Dataset:
    tokens: npt.NDArray[np.uint16]
    starts: npt.NDArray[np.int64]
    stories: npt.NDArray[np.int64]
    """Per example, where its story begins; the prompt lies between start and story."""

    @classmethod
    def load(cls, path: Path) -> "Dataset":
        with np.load(path) as arrays:
            return cls(arrays["tokens"], arrays["starts"], arrays["stories"])

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, tokens=self.tokens, starts=self.starts, stories=self.stories)

    def example(self, index: int) -> npt.NDArray[np.uint16]:
        end = self.starts[index + 1] if index + 1 < len(self.starts) else len(self.tokens)
        return self.tokens[self.starts[index] : end]


def encode(examples: Iterable[Example], tokenizer: PreTrainedTokenizerFast) -> Dataset:
    """Prompt and story are encoded apart, as in serving; every story ends with the end token."""
    tokens, starts, stories = list[int](), list[int](), list[int]()
    for example in examples:
        starts.append(len(tokens))
        tokens += tokenizer.encode(example.prompt)
        stories.append(len(tokens))
        tokens += [*tokenizer.encode(example.story), tokenizer.eos_token_id]
    return Dataset(np.array(tokens, np.uint16), np.array(starts), np.array(stories))


def is_held_out(tale: Tale) -> bool:
    """By title, so that another translation of a held-out tale is held out too."""
    return zlib.crc32(plain_title(tale.title).lower().encode()) % 100 < HELD_OUT_PERCENT


def counter(tokenizer: PreTrainedTokenizerFast) -> Callable[[str], int]:
    return lambda text: len(tokenizer.encode(text))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tales", type=Path, default=Path("var/training/plainest.jsonl"))
    parser.add_argument("--tokenizer", type=Path, default=Path("var/training/tokenizer"))
    parser.add_argument("--out", type=Path, default=Path("var/training/data"))
    arguments = parser.parse_args()
    tokenizer = load_tokenizer(arguments.tokenizer)
    rng = random.Random(1)
    count = counter(tokenizer)
    tales = list(read_tales(arguments.tales))
    for name, held_out, cut_up in (
        ("books", False, examples_of),
        ("held-out", True, examples_of),
        ("openings", False, openings_of),
    ):
        chosen = (tale for tale in tales if is_held_out(tale) == held_out)
        examples = (example for tale in chosen for example in cut_up(tale, count, rng))
        encode(examples, tokenizer).save(arguments.out / f"{name}.npz")


if __name__ == "__main__":
    main()
