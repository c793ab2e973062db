"""Labels tales: `python -m training.label --tales DIR --tokenizer NAME --out DIR`.

Writes a data set of examples (`prompt`, `story`, `ends`) for every source: the books' splits,
composed tales, and the project's own.
"""

import argparse
import random
import shutil
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path

import datasets

from training import own_tales
from training.encode import counter
from training.examples import Count, Example, continuation_of, examples_of
from training.grammar.compose import compose
from training.grammar.language import Language
from training.manifest import Step
from training.own_tales import OwnTale
from training.recasting import KINDS, Recaster
from training.renaming import Renamer, lower_words
from training.tales import Split, Tale, read_tales
from training.tokenizer import load_tokenizer, tokenizer_files

FEATURES = datasets.Features(
    {
        "prompt": datasets.Value("string"),
        "story": datasets.Value("string"),
        "ends": datasets.Value("bool"),
    }
)
BOOKS = {Split.TRAIN: "books", Split.VALIDATION: "validation", Split.HELD_OUT: "held-out-books"}
OWN = {
    own_tales.Split.VALIDATION: "own-validation",
    own_tales.Split.TEST: "own-test",
}


def sources(
    tales: Path, own_file: Path, count: Count, *, max_chars: int, composed: int, retellings: int
) -> Iterator[tuple[str, Iterator[Example]]]:
    """Every data set by name, with its examples.

    `retold` are the own tales with other heroes, `continued` the same under the prompt by which a
    story goes on.
    """
    rng = random.Random(1)
    for split, name in BOOKS.items():
        plain = first_chars(read_tales(tales / f"{split}.jsonl"), max_chars)
        yield name, chain.from_iterable(examples_of(tale, count, rng) for tale in plain)
    yield "grammar", compose(Language.load(), random.Random(2), composed, count)
    for own_split, name in OWN.items():
        yield name, (tale.example for tale in own_tales.read_own_tales(own_split, own_file))
    own = list(own_tales.read_own_tales(own_tales.Split.TRAIN, own_file))
    yield "own", (tale.example for tale in own)
    yield "continued", (continuation_of(tale.text, ends=True) for tale in own)
    yield "retold", retold(own, retellings, rng)


def retold(tales: Collection[OwnTale], times: int, rng: random.Random) -> Iterator[Example]:
    """Every tale so often, each time with other heroes and names where it has any that we know."""
    recaster, renamer = Recaster.load(), Renamer(Language.load().words, lower_words(tales))
    for _ in range(times):
        yield from (renamer.renamed(recaster.recast(tale, rng), rng).example for tale in tales)


def first_chars(tales: Iterable[Tale], limit: int) -> Iterator[Tale]:
    """The plainest tales, which come first, up to so many characters."""
    total = 0
    for tale in tales:
        total += len(tale.text)
        if total > limit:
            return
        yield tale


def dataset_of(examples: Iterable[Example]) -> datasets.Dataset:
    rows = [asdict(example) for example in examples]
    columns = {name: [row[name] for row in rows] for name in FEATURES}
    return datasets.Dataset.from_dict(columns, features=FEATURES)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tales", type=Path, default=Path("var/training"))
    parser.add_argument("--own", type=Path, default=own_tales.TALES, help="the project's own tales")
    parser.add_argument("--tokenizer", default="var/training/tokenizer", help="directory or name")
    parser.add_argument("--out", type=Path, default=Path("var/training/examples"))
    parser.add_argument("--max-chars", type=int, default=6_000_000, help="of books, plainest first")
    parser.add_argument("--composed", type=int, default=8_000, help="tales from the grammar")
    parser.add_argument("--retellings", type=int, default=2, help="of each of the own tales")
    arguments = parser.parse_args()
    limits = {
        "max_chars": arguments.max_chars,
        "composed": arguments.composed,
        "retellings": arguments.retellings,
    }
    step = Step.begin(
        arguments.out / "manifest.json",
        name="label",
        version=4,
        settings={**limits, "tokenizer": arguments.tokenizer},
        inputs=[
            *(arguments.tales / f"{split}.jsonl" for split in BOOKS),
            *tokenizer_files(arguments.tokenizer),
            *Language.FILES,
            arguments.own,
            KINDS,
        ],
    )
    if step.is_current():
        return
    counts, outputs = dict[str, int](), list[Path]()
    count = counter(load_tokenizer(arguments.tokenizer))
    for name, examples in sources(arguments.tales, arguments.own, count, **limits):
        data = dataset_of(examples)
        counts[name] = len(data)
        folder = arguments.out / name
        if len(data):
            data.save_to_disk(str(folder))
            outputs.append(folder)
        else:  # it could be written, but not read; an earlier run's would be encoded
            shutil.rmtree(folder, ignore_errors=True)
    step.finish(outputs=outputs, counts=counts)


if __name__ == "__main__":
    main()
