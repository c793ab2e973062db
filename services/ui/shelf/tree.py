"""A story's passages as a tree: who follows whom, and which path is the newest. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from shared.library import PassageView


@dataclass(frozen=True, slots=True)
class PassageTree:
    """Numbers count from 1 in the order of making, so a parent's is the smaller one."""

    passages: Sequence[PassageView]
    children: Mapping[str | None, Sequence[PassageView]]
    numbers: Mapping[str, int]

    @classmethod
    def of(cls, passages: Sequence[PassageView]) -> Self:
        children: dict[str | None, list[PassageView]] = {}
        for passage in passages:
            children.setdefault(passage.parent_id, []).append(passage)
        numbers = {passage.id: number for number, passage in enumerate(passages, start=1)}
        return cls(passages, children, numbers)

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

    @property
    def newest_path(self) -> frozenset[str]:
        """The ids from the seed to the newest passage."""
        parents = {each.id: each.parent_id for each in self.passages}
        path, at = set(), parents[self.newest.id]
        path.add(self.newest.id)
        while at is not None:
            path.add(at)
            at = parents[at]
        return frozenset(path)

    def children_of(self, passage: PassageView) -> Sequence[PassageView]:
        return self.children.get(passage.id, ())

    def number(self, passage_id: str) -> int:
        return self.numbers[passage_id]
