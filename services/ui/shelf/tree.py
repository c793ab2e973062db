"""A story's passages as a tree: who follows whom, and which path is the newest. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from shared.library import PassageView


@dataclass(frozen=True, slots=True)
class PassageTree:
    """Passages in the order of their making, parents first; their numbers count from 1."""

    passages: Sequence[PassageView]
    numbers: Mapping[str, int]
    newest_path: frozenset[str]
    """The ids from the seed to the newest passage."""
    _children: Mapping[str, Sequence[PassageView]]

    @classmethod
    def of(cls, passages: Sequence[PassageView]) -> Self:
        numbers = {passage.id: number for number, passage in enumerate(passages, start=1)}
        path = _path_to(passages[-1], passages)
        children: dict[str, list[PassageView]] = {}
        for passage in passages:
            if passage.parent_id is not None:
                children.setdefault(passage.parent_id, []).append(passage)
        for siblings in children.values():
            siblings.sort(key=lambda each: each.id not in path)
        return cls(passages, numbers, path, children)

    @property
    def root(self) -> PassageView:
        return self.passages[0]

    @property
    def newest(self) -> PassageView:
        """Always a leaf: nothing was made after it."""
        return self.passages[-1]

    @property
    def leaves(self) -> list[PassageView]:
        """Where the story can end, newest first."""
        return [each for each in reversed(self.passages) if not self.children_of(each)]

    def children_of(self, passage: PassageView) -> Sequence[PassageView]:
        """The one on the newest path first, the others in the order of their making."""
        return self._children.get(passage.id, ())

    def number(self, passage_id: str) -> int:
        return self.numbers[passage_id]


def _path_to(passage: PassageView, passages: Sequence[PassageView]) -> frozenset[str]:
    by_id = {each.id: each for each in passages}
    path = {passage.id}
    while passage.parent_id is not None:
        passage = by_id[passage.parent_id]
        path.add(passage.id)
    return frozenset(path)
