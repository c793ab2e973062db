"""Where each passage of a tree stands in its picture. Pure; knows no pixels.

The seed is on top and every passage a row below its parent. Each leaf has a column of its own,
and a parent stands midway between its first and its last child, so no two can meet.
"""

from dataclasses import dataclass

from services.ui.shelf.tree import PassageTree
from shared.library import PassageView


@dataclass(frozen=True, slots=True)
class Placed:
    """A passage and the middle of its place. Columns may be fractions."""

    passage: PassageView
    column: float
    row: int


@dataclass(frozen=True, slots=True)
class Layout:
    """The passages in their own order, so parents come first."""

    placed: dict[str, Placed]
    columns: int
    rows: int


def lay_out(tree: PassageTree) -> Layout:
    rows: dict[str, int] = {}
    for passage in tree.passages:
        rows[passage.id] = rows[passage.parent_id] + 1 if passage.parent_id else 0
    columns = _leaf_columns(tree)
    leaves = len(columns)
    for passage in reversed(tree.passages):  # children before their parents
        children = tree.children_of(passage)
        if children:
            first, last = columns[children[0].id], columns[children[-1].id]
            columns[passage.id] = (first + last) / 2
    placed = {each.id: Placed(each, columns[each.id], rows[each.id]) for each in tree.passages}
    return Layout(placed, leaves, max(rows.values()) + 1)


def _leaf_columns(tree: PassageTree) -> dict[str, float]:
    """Leaves from left to right as one meets them. Not recursive: a story may be very long."""
    columns: dict[str, float] = {}
    waiting = [tree.root]
    while waiting:
        passage = waiting.pop()
        children = tree.children_of(passage)
        if children:
            waiting.extend(reversed(children))
        else:
            columns[passage.id] = float(len(columns))
    return columns
