"""How much of a text was read in training: the share of its 8-grams that occur there.

The training texts become one sorted array of 64-bit hashes, 8 bytes for each different 8-gram,
however long the texts are; two 8-grams share a hash once in 10^19 comparisons.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from statistics import fmean
from typing import Any, Self

import evaluate
import numpy as np
import numpy.typing as npt

from training.evaluation.metric import LocalMetric, info
from training.readability import words_of

Hashes = npt.NDArray[np.uint64]
N = 8
MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
"""Odd, hence invertible modulo 2^64: a word's place in the run matters, and nothing is lost."""
MERGE_AT = 4_000_000


@dataclass(frozen=True, slots=True)
class SeenGrams:
    """All n-grams of some texts, sorted by hash."""

    hashes: Hashes
    n: int = N

    @classmethod
    def of(cls, texts: Iterable[str], n: int = N) -> Self:
        seen, new, waiting = np.zeros(0, np.uint64), list[Hashes](), 0
        for text in texts:
            new.append(gram_hashes(text, n))
            waiting += len(new[-1])
            if waiting > MERGE_AT:
                seen, new, waiting = np.unique(np.concatenate([seen, *new])), [], 0
        return cls(np.unique(np.concatenate([seen, *new])), n)

    def share_in(self, text: str) -> float:
        """Share of the text's n-grams, each occurrence counted, that were seen; 0 without any."""
        hashes = gram_hashes(text, self.n)
        if not len(hashes) or not len(self.hashes):
            return 0.0
        places = np.searchsorted(self.hashes, hashes).clip(max=len(self.hashes) - 1)
        return float((self.hashes[places] == hashes).mean())


class CopiedGrams(LocalMetric):
    def _info(self) -> evaluate.MetricInfo:
        return info(
            description=(
                "Mean share of a text's word n-grams (n = 8) that occur in the training texts, "
                "and the share of texts without any. `each` lists the shares."
            ),
            inputs="predictions: texts. seen: SeenGrams of the training texts, or the texts.",
            citation=(
                "R. T. McCoy and others: How much do language models copy from their training "
                "data? TACL 11 (2023), 652-670."
            ),
        )

    def _compute(
        self, predictions: Sequence[str], *, seen: SeenGrams | Sequence[str]
    ) -> dict[str, Any]:
        known = seen if isinstance(seen, SeenGrams) else SeenGrams.of(seen)
        each = [known.share_in(text) for text in predictions]
        return {"copied": fmean(each), "original": fmean(not s for s in each), "each": each}


def gram_hashes(text: str, n: int) -> Hashes:
    """A hash for each run of n words, [words - n + 1]."""
    words = np.array([_word_hash(word) for word in words_of(text)], np.uint64)
    count = len(words) - n + 1
    if count < 1:
        return np.zeros(0, np.uint64)
    result = np.zeros(count, np.uint64)
    for place in range(n):
        result = (result + words[place : place + count]) * MULTIPLIER
    return result


@lru_cache(maxsize=200_000)
def _word_hash(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest())
