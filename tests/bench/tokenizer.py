"""A byte-level tokenizer with as many entries as GPT-2's, made here since nothing is downloaded.

What the tales do not fill is padded with synthetic merges: only the size costs time.
"""

import json
from collections.abc import Iterable, Iterator, Mapping

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

GPT2_SIZE = 50_257
END = "<|endoftext|>"


def train_tokenizer(texts: Iterable[str], *, size: int = GPT2_SIZE) -> Tokenizer:
    """Of exactly `size` entries."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=[END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return pad(tokenizer, size)


def pad(tokenizer: Tokenizer, size: int) -> Tokenizer:
    """The tokenizer with merges of the lowest rank added until it has `size` entries."""
    described = json.loads(tokenizer.to_str())
    vocabulary: dict[str, int] = described["model"]["vocab"]
    for left, right in synthetic_merges(vocabulary, size - len(vocabulary)):
        vocabulary[left + right] = len(vocabulary)
        described["model"]["merges"].append([left, right])
    return Tokenizer.from_str(json.dumps(described))


def synthetic_merges(vocabulary: Mapping[str, int], count: int) -> Iterator[tuple[str, str]]:
    """So many pairs of entries, each of which makes an entry that is not there yet."""
    entries = [entry for entry in vocabulary if entry != END]
    made = set(vocabulary)
    pairs = ((left, right) for left in entries for right in entries)
    while count > 0:
        left, right = next(pairs)
        if left + right not in made:
            made.add(left + right)
            count -= 1
            yield left, right
