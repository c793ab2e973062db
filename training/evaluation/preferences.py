"""Writes preference pairs: `python -m training.evaluation.preferences --feedback FILE --out FILE`.

One row for each comparison that had a winner, with `prompt`, `chosen` and `rejected`, the columns
that preference-tuning libraries expect; Parquet where FILE ends in .parquet, else JSON lines.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

import datasets

from shared.judgements import Comparison, Rating
from training.evaluation.feedback import read_feedback

FEATURES = datasets.Features(
    {name: datasets.Value("string") for name in ("prompt", "chosen", "rejected")}
)


def pairs_of(feedback: Iterable[Rating | Comparison]) -> datasets.Dataset:
    """Ties and stories that are equal prefer nothing; the same pair comes once."""
    pairs = dict[tuple[str, str, str], None]()
    for one in feedback:
        preferred = one.preferred if isinstance(one, Comparison) else None
        if preferred and preferred[0] != preferred[1]:
            pairs[one.prompt, *preferred] = None
    columns = {name: [pair[at] for pair in pairs] for at, name in enumerate(FEATURES)}
    return datasets.Dataset.from_dict(columns, features=FEATURES)


def save(pairs: datasets.Dataset, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pairs.to_parquet(str(path))
    else:
        pairs.to_json(str(path), force_ascii=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--feedback", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("var/training/preferences.jsonl"))
    arguments = parser.parse_args()
    pairs = pairs_of(read_feedback(arguments.feedback))
    save(pairs, arguments.out)
    sys.stdout.write(f"{len(pairs)} pairs in {arguments.out}\n")


if __name__ == "__main__":
    main()
