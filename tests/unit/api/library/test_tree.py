"""A story's tree: what was asked for before a passage, found by looking at each passage once."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from services.api.library.tree import Node, Tree
from shared.library import Origin, Told
from shared.schemas import GenerateRequest, StoryControls

MANY = 3_000
MOST_LOOKS = 20
"""At each passage: it has a few fields, and some are asked for twice."""


@dataclass(slots=True)
class Looks:
    left: int


class Watched(Node):
    """Counts how often somebody looks at one of its fields."""

    looks = Looks(0)

    def __getattribute__(self, name: str) -> Any:
        looks = Watched.looks
        looks.left -= 1
        assert looks.left >= 0, "too many looks"
        return super().__getattribute__(name)


@pytest.mark.parametrize("told", [None, "p0"])
def test_each_passage_of_a_long_story_of_edits_is_looked_at_once(
    told: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    nodes = [
        passage(Watched, number, parent=before, revises=before, is_told=told == f"p{number}")
        for number, before in enumerate([None, *range(MANY - 1)])
    ]
    tree = Tree(nodes)
    monkeypatch.setattr(Watched, "looks", Looks(MOST_LOOKS * MANY))
    request = tree.last_request(nodes[-1])
    assert (request and request.story_seed) == told


@pytest.mark.parametrize("seed", range(50))
def test_what_is_taken_over_is_the_nearest_that_was_asked_for(seed: int) -> None:
    drawn = random.Random(seed)
    nodes = [passage(Node, 0)]
    for number in range(1, drawn.randint(2, 12)):
        revises = drawn.choice([None, drawn.randrange(number)])
        is_told = drawn.random() < 0.3
        parent = drawn.randrange(number)
        nodes.append(passage(Node, number, parent=parent, revises=revises, is_told=is_told))
    tree = Tree(nodes)
    for node in nodes:
        nearest = next((each.told for each in way_back(tree, node) if each.told), None)
        assert tree.last_request(node) == (nearest and nearest.request)


def way_back(tree: Tree, node: Node) -> Iterator[Node]:
    """What it revises, and so on, and then the same of what is before it, step by step."""
    draft = node
    yield draft
    while draft.revises_id is not None:
        draft = tree.node(draft.revises_id)
        yield draft
    if node.parent_id is not None:
        yield from way_back(tree, tree.node(node.parent_id))


def passage(
    kind: type[Node],
    number: int,
    *,
    parent: int | None = None,
    revises: int | None = None,
    is_told: bool = False,
) -> Node:
    name = f"p{number}"
    told = Told(request=GenerateRequest(story_seed=name), model="m", seed=1) if is_told else None
    return kind(
        id=name,
        parent_id=None if parent is None else f"p{parent}",
        revises_id=None if revises is None else f"p{revises}",
        origin=Origin.EDIT if number else Origin.SEED,
        text="x",
        story_seed=name,
        controls=StoryControls(),
        created_at=0.0,
        told=told,
    )
