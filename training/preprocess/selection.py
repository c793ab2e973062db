"""Between concatenation and the delimiter: which tales stay, on which side of the split.

A tale of the training split is no reprint, translation or retelling of one that is held out.
"""

import re
import zlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import pairwise

from training.family_filter import FamilyFilter
from training.near_duplicates import CHAIN, Pair, clusters, pairs_within, title_key
from training.preprocess.records import ChosenTale
from training.readability import common_words, difficulty, is_plain, is_story
from training.tales import Split, Tale

VALIDATION_PERCENT = 2


def select(
    tales: Sequence[Tale], held_out: Set[int], family_filter: FamilyFilter
) -> tuple[list[ChosenTale], Counter[str]]:
    """The chosen tales, plainest first, and how many were dropped for which reason.

    `held_out` holds the numbers of the books that are for measuring only.
    """
    counts = Counter[str]()
    told = list(suitable(tales, family_filter, counts))
    pairs = pairs_within([tale.text for tale in told])
    cluster = clusters(len(told), links(told, pairs))
    splits = guarded([split_of(tale, held_out) for tale in told], pairs, cluster, counts)
    common = common_words(tale for tale, split in zip(told, splits, strict=True) if split)
    chosen = {
        position: ChosenTale(
            book=tale.book,
            collection=tale.collection,
            title=tale.title,
            paragraphs=tale.paragraphs,
            chapter=tale.chapter,
            readability=round(difficulty(tale, common), 4),
            plain=is_plain(tale),
            split=split,
            cluster=cluster[position],
        )
        for position, (tale, split) in enumerate(zip(told, splits, strict=True))
        if split
    }
    kept = without_reprints(chosen, pairs)
    counts["dropped: reprint of a plainer text"] += len(chosen) - len(kept)
    counts.update(f"tales: {tale.split}" for tale in kept)
    return kept, counts


def suitable(
    tales: Iterable[Tale], family_filter: FamilyFilter, counts: Counter[str]
) -> Iterator[Tale]:
    for tale in tales:
        if refusals := family_filter.refusals(f"{tale.title}\n{tale.text}"):
            counts.update(f"dropped: {refusal}" for refusal in refusals)
            counts["dropped by the family filter"] += 1
        elif not is_story(tale):
            counts["dropped: explained or foreign, not told"] += 1
        else:
            yield tale


def split_of(tale: Tale, held_out: Set[int]) -> Split:
    """By book, or else by the title's hash: adding books moves no tale to the other side.

    A chapter is never for validation: the whole book would have to leave the training split.
    """
    if book_number(tale.book) in held_out:
        return Split.HELD_OUT
    chance = zlib.crc32(title_key(tale.title).encode()) % 100
    is_validation = chance < VALIDATION_PERCENT and not tale.chapter
    return Split.VALIDATION if is_validation else Split.TRAIN


def book_number(name: str) -> int | None:
    match = re.match(r"(?:pg)?(\d+)", name)
    return int(match.group(1)) if match else None


def links(tales: Sequence[Tale], pairs: Iterable[Pair]) -> Iterator[tuple[int, int]]:
    yield from ((p.first, p.second) for p in pairs if p.is_reprint or p.likeness > CHAIN)
    namesakes = defaultdict[str, list[int]](list)
    for position, tale in enumerate(tales):
        if not tale.chapter and (key := title_key(tale.title)):
            namesakes[key].append(position)
    for positions in namesakes.values():
        yield from pairwise(positions)


def guarded(
    splits: list[Split], pairs: Iterable[Pair], cluster: Sequence[int], counts: Counter[str]
) -> list[Split | None]:
    """None for what has to leave the training split, for being kin of a held-out tale."""
    away = {cluster[i] for i, split in enumerate(splits) if split is not Split.TRAIN}
    kin = {i for i, name in enumerate(cluster) if name in away}
    for pair in pairs:
        if splits[pair.first] is not Split.TRAIN:
            kin.add(pair.second)
        if splits[pair.second] is not Split.TRAIN:
            kin.add(pair.first)
    left = {i for i in kin if splits[i] is Split.TRAIN}
    counts["dropped: kin of a validation or held-out tale"] += len(left)
    return [None if i in left else split for i, split in enumerate(splits)]


def without_reprints(chosen: dict[int, ChosenTale], pairs: Iterable[Pair]) -> list[ChosenTale]:
    """Of texts copied from each other within a split the plainest stays; plainest first."""
    copies = defaultdict[int, set[int]](set)
    for pair in pairs:
        if pair.is_reprint:
            copies[pair.first].add(pair.second)
            copies[pair.second].add(pair.first)
    kept = dict[int, ChosenTale]()
    for position in sorted(chosen, key=lambda position: chosen[position].readability):
        tale = chosen[position]
        if not any(other in kept and kept[other].split == tale.split for other in copies[position]):
            kept[position] = tale
    return list(kept.values())
