"""Where each passage of a tree stands in its picture. Pure; knows no pixels.

The seed is on top and every passage a row below its parent. Each leaf has a column of its own,
and a parent stands above its first child. So no two can meet, and the newest path goes straight
down on the left, where a narrow screen shows it at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from services.ui.shelf.tree import PassageTree


@dataclass(frozen=True, slots=True)
class Place:
    column: int
    row: int


@dataclass(frozen=True, slots=True)
class Layout:
    places: Mapping[str, Place]
    """By the passage's id."""
    columns: int
    rows: int


def lay_out(tree: PassageTree) -> Layout:
    places: dict[str, Place] = {}
    column, rows = 0, 0
    waiting = [(tree.root, 0)]
    # Not recursive: a story may be deeper than Python's stack.
    while waiting:
        passage, row = waiting.pop()
        places[passage.id] = Place(column, row)
        children = tree.children_of(passage)
        waiting.extend((child, row + 1) for child in reversed(children))
        column += 0 if children else 1
        rows = max(rows, row + 1)
    return Layout(places, column, rows)
