"""From raw books to a dataset of tales: `python -m training.preprocess --books DIR --out DIR`.

Steps whose inputs and settings are unchanged are skipped. `--step` runs one alone, `--check` looks
for what should not have survived.
"""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

from training.catalogue import CATALOGUE
from training.preprocess.check import report
from training.preprocess.pipeline import STAGES, Places, run_stage


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m training.preprocess", description=__doc__)
    parser.add_argument("--books", type=Path, default=Path("var/training/books"))
    parser.add_argument("--out", type=Path, default=Path("var/training"))
    parser.add_argument("--catalogue", type=Path, default=CATALOGUE)
    parser.add_argument("--step", choices=[stage.name for stage in STAGES])
    parser.add_argument("--check", action="store_true", help="scan all tales for give-away words")
    arguments = parser.parse_args()
    places = Places(arguments.books, arguments.out, arguments.catalogue)
    if arguments.check:
        return report(places.between("selection"))
    if not any(arguments.books.rglob("*.txt")):
        parser.error(f"no .txt files below {arguments.books}; python -m training.fetch gets them")
    for stage in STAGES:
        if arguments.step in (None, stage.name):
            counts = run_stage(stage, places)
            told = "done before" if counts is None else counted(counts)
            sys.stdout.write(f"{stage.name:14} {told}\n")
    return 0


def counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))


if __name__ == "__main__":
    sys.exit(main())
