"""Finds texts that tell the same story: reprints, and other translations or tellings.

Reprints share runs of six words. Tellings share rare words: names, and the things a plot turns on.
Measured on 4,200 tales of 132 books: see `LIKE` and `CHAIN`.
"""

import math
import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training.readability import words_of

REPRINT = 0.1
"""Share of the shorter text's six-word runs, a fixed eighth of which is looked at."""

LIKE = 0.15
"""Cosine of the rare words from which on two texts may tell the same story.

Of 296 pairs of tales under one name without shared runs, many of them other stories of that
name, 71 % lie above it and 57 % above `CHAIN`.
"""

CHAIN = 0.22
"""From here on kin of kin are kin. At 0.15 chains tie 1,178 tales into one, here 73."""

RARE = 0.05
"""Words in more than this share of the texts say nothing about which story it is."""

NEGLIGIBLE = 0.02
"""A word of less weight in a text can't lift a cosine noticeably, and most words are such."""

FORMULA = 12
"""A six-word run of more texts is a formula, as `once upon a time there was`, not a copy."""

Vector = dict[str, float]


@dataclass(frozen=True, slots=True)
class Pair:
    """Positions of two texts, `first < second`; what they share of runs, and of rare words."""

    first: int
    second: int
    copied: float
    likeness: float

    @property
    def is_reprint(self) -> bool:
        return self.copied > REPRINT


def pairs_within(texts: Sequence[str]) -> list[Pair]:
    """Every two texts that are near-duplicates of each other."""
    copied, likeness = shared_runs(texts), cosines(texts)
    return [
        Pair(first, second, copied.get((first, second), 0), likeness.get((first, second), 0))
        for first, second in sorted(copied.keys() | likeness.keys())
    ]


def pairs_between(left: Sequence[str], right: Sequence[str]) -> list[Pair]:
    """Near-duplicates of one text of each set; `second` counts from the right set's beginning."""
    size = len(left)
    return [
        Pair(pair.first, pair.second - size, pair.copied, pair.likeness)
        for pair in pairs_within([*left, *right])
        if pair.first < size <= pair.second
    ]


def clusters(size: int, links: Iterable[tuple[int, int]]) -> list[int]:
    """Give all that hang together the smallest position among them."""
    parent = list(range(size))

    def root(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    for first, second in links:
        low, high = sorted((root(first), root(second)))
        parent[high] = low
    return [root(node) for node in range(size)]


def shared_runs(texts: Sequence[str]) -> dict[tuple[int, int], float]:
    prints = [fingerprints(text) for text in texts]
    holders = defaultdict[int, list[int]](list)
    for position, own in enumerate(prints):
        for each in own:
            holders[each].append(position)
    shared = Counter[tuple[int, int]]()
    for found in holders.values():
        if len(found) <= FORMULA:
            shared.update((a, b) for i, b in enumerate(found) for a in found[:i])
    shares = {
        pair: count / min(len(prints[pair[0]]), len(prints[pair[1]]))
        for pair, count in shared.items()
        if count > 1
    }
    return {pair: share for pair, share in shares.items() if share > REPRINT}


def fingerprints(text: str) -> set[int]:
    """A fixed eighth of the hashes of all six-word runs: equal texts share them all."""
    words = words_of(text)
    runs = (" ".join(words[i : i + 6]) for i in range(len(words) - 5))
    return {print_ for run in runs if (print_ := zlib.crc32(run.encode())) % 8 == 0}


def cosines(texts: Sequence[str]) -> dict[tuple[int, int], float]:
    """The pairs whose vectors of rare words lie closer than `LIKE`."""
    entries = defaultdict[str, list[tuple[int, float]]](list)
    near = dict[tuple[int, int], float]()
    for position, vector in enumerate(rare_word_vectors(texts)):
        sums = defaultdict[int, float](float)
        for word, weight in vector.items():
            if weight < NEGLIGIBLE:
                continue
            for other, other_weight in entries[word]:
                sums[other] += weight * other_weight
            entries[word].append((position, weight))
        near |= {(other, position): total for other, total in sums.items() if total > LIKE}
    return near


def rare_word_vectors(texts: Sequence[str]) -> list[Vector]:
    """TF-IDF of length 1; words of two letters and those of many texts are left out."""
    counts = [Counter(word for word in words_of(text) if len(word) > 2) for text in texts]
    spread = Counter(word for count in counts for word in count)
    most = max(3, int(RARE * len(texts)))
    return [
        unit(
            {
                word: (1 + math.log(times)) * math.log((len(texts) + 1) / spread[word])
                for word, times in count.items()
                if spread[word] <= most
            }
        )
        for count in counts
    ]


def unit(vector: Vector) -> Vector:
    length = math.sqrt(sum(weight * weight for weight in vector.values()))
    return {word: weight / length for word, weight in vector.items()} if length else vector


def title_key(title: str) -> str:
    """`XII. THE SNOW QUEEN` and `Snow Queen` are one title."""
    title = re.sub(r"\(.*?\)|^\W*(?:chapter\s+)?(?:[IVXLC]+\b|\d+)\W*(?=\w)", "", title)
    words = re.findall(r"[^\W\d_]+", title.lower())
    return " ".join(word for word in words if word not in {"the", "a", "an"})
