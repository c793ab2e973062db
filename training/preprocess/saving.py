"""Step 7, dataset saving: one row a tale, as an Arrow dataset, as Parquet and as JSON lines."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import datasets

from training.preprocess.records import ChosenTale
from training.tales import Split, write_tales

FEATURES = datasets.Features(
    {
        "book": datasets.Value("string"),
        "collection": datasets.Value("string"),
        "title": datasets.Value("string"),
        "text": datasets.Value("string"),
        "chapter": datasets.Value("bool"),
        "readability": datasets.Value("float32"),
        "plain": datasets.Value("bool"),
        "split": datasets.Value("string"),
        "cluster": datasets.Value("int32"),
    }
)


def dataset_of(tales: Iterable[ChosenTale]) -> datasets.Dataset:
    rows = [{name: getattr(tale, name) for name in FEATURES} for tale in tales]
    return datasets.Dataset.from_list(rows, features=FEATURES)


def save(tales: Sequence[ChosenTale], folder: Path) -> list[Path]:
    """Write every split; the JSON lines, which training reads, hold the plain tales only."""
    outputs = list[Path]()
    for split in Split:
        chosen = [tale for tale in tales if tale.split == split]
        dataset = dataset_of(chosen)
        arrow, parquet = folder / "dataset" / split, folder / "parquet" / f"{split}.parquet"
        dataset.save_to_disk(str(arrow))
        parquet.parent.mkdir(parents=True, exist_ok=True)
        dataset.to_parquet(str(parquet))
        lines = folder / f"{split}.jsonl"
        write_tales(lines, (tale for tale in chosen if tale.plain))
        outputs += [arrow, parquet, lines]
    return outputs
