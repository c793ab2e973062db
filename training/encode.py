"""Encodes examples: `python -m training.encode --examples DIR --tokenizer NAME --out DIR`.

A data set on disk is an Arrow directory of `datasets` with the columns `input_ids` and
`prompt_length`.
"""

import argparse
import shutil
from collections.abc import Callable, Iterable, Set
from pathlib import Path
from typing import TYPE_CHECKING

import datasets
import numpy as np
import numpy.typing as npt

from training.examples import Example
from training.manifest import Step
from training.tokenizer import load_tokenizer, tokenizer_files

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

FEATURES = datasets.Features(
    {"input_ids": datasets.List(datasets.Value("int32")), "prompt_length": datasets.Value("int32")}
)


class Encoded:
    """An encoded data set in memory: one flat array, and where each example begins."""

    def __init__(self, data: datasets.Dataset) -> None:
        columns = data.with_format("numpy")
        examples = [np.asarray(tokens, np.int32) for tokens in columns["input_ids"]]
        self.flat = np.concatenate([np.zeros(0, np.int32), *examples])
        self.ends = np.cumsum([len(tokens) for tokens in examples])
        self.prompts = np.asarray(columns["prompt_length"], np.int32)

    @classmethod
    def load(cls, folder: Path) -> "Encoded":
        return cls(datasets.Dataset.load_from_disk(str(folder)))

    def __len__(self) -> int:
        return len(self.ends)

    def tokens(self, index: int) -> npt.NDArray[np.int32]:
        """Prompt and story, [tokens]."""
        start = int(self.ends[index - 1]) if index else 0
        return self.flat[start : int(self.ends[index])]

    def prompt(self, index: int) -> int:
        """How many of the example's tokens are its prompt."""
        return int(self.prompts[index])


def encode(examples: Iterable[Example], tokenizer: "PreTrainedTokenizerBase") -> datasets.Dataset:
    """Prompt and story are encoded apart, as in serving; a story that is over has an end token."""

    tokens, prompts = list[list[int]](), list[int]()
    for example in examples:
        prompt = tokenizer.encode(example.prompt)
        end = [tokenizer.eos_token_id] if example.ends else []
        tokens.append([*prompt, *tokenizer.encode(example.story), *end])
        prompts.append(len(prompt))
    columns = {"input_ids": tokens, "prompt_length": prompts}
    return datasets.Dataset.from_dict(columns, features=FEATURES)


def counter(tokenizer: "PreTrainedTokenizerBase") -> Callable[[str], int]:
    return lambda text: len(tokenizer.encode(text))


def remove_others(step: Step, names: Set[str]) -> None:
    """Data sets of an earlier run whose examples are gone: a recipe would still find them."""
    done = step.earlier()
    written = {Path(file).parts[0] for file in done.outputs} if done else set[str]()
    for name in written - names:
        shutil.rmtree(step.manifest.parent / name, ignore_errors=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=Path, default=Path("var/training/examples"))
    parser.add_argument("--tokenizer", default="var/training/tokenizer", help="directory or name")
    parser.add_argument("--out", type=Path, default=Path("var/training/tokens"))
    arguments = parser.parse_args()
    folders = sorted(path for path in arguments.examples.iterdir() if path.is_dir())
    step = Step.begin(
        arguments.out / "manifest.json",
        name="encode",
        version=1,
        settings={"tokenizer": arguments.tokenizer},
        inputs=[*folders, *tokenizer_files(arguments.tokenizer)],
    )
    if step.is_current():
        return
    tokenizer = load_tokenizer(arguments.tokenizer)
    counts = dict[str, int]()
    for folder in folders:
        stored = datasets.Dataset.load_from_disk(str(folder))
        examples = (Example(row["prompt"], row["story"], row["ends"]) for row in stored)
        encoded = encode(examples, tokenizer)
        encoded.save_to_disk(str(arguments.out / folder.name))
        counts[f"{folder.name}: tokens"] = sum(map(len, encoded["input_ids"]))
    remove_others(step, {folder.name for folder in folders})
    step.finish(outputs=[arguments.out / folder.name for folder in folders], counts=counts)


if __name__ == "__main__":
    main()
