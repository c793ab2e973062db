"""Step 7, dataset saving: one row a tale, as an Arrow dataset, as Parquet and as JSON lines."""

from collections.abc import Sequence
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


def dataset_of(tales: Sequence[ChosenTale]) -> datasets.Dataset:
    columns = {name: [getattr(tale, name) for tale in tales] for name in FEATURES}
    return datasets.Dataset.from_dict(columns, features=FEATURES)


def save(tales: Sequence[ChosenTale], folder: Path) -> list[Path]:
    """Write every split, and return what was written.

    The JSON lines, which training reads, hold the plain tales only. A split without a tale has no
    Parquet file, which `datasets` could write, but not read.
    """
    outputs = list[Path]()
    for split in Split:
        chosen = [tale for tale in tales if tale.split == split]
        dataset = dataset_of(chosen)
        arrow, parquet = folder / "dataset" / split, folder / "parquet" / f"{split}.parquet"
        dataset.save_to_disk(str(arrow), num_shards=1)  # by itself it takes none for no rows
        lines = folder / f"{split}.jsonl"
        write_tales(lines, (tale for tale in chosen if tale.plain))
        outputs += [arrow, lines]
        if chosen:
            parquet.parent.mkdir(parents=True, exist_ok=True)
            dataset.to_parquet(str(parquet))
            outputs.append(parquet)
        else:
            parquet.unlink(missing_ok=True)  # an earlier run's
    return outputs
