"""A story's passages as a tree, each with the text that it has at this moment. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from shared.errors import UnknownPassageError
from shared.library import Origin, Told
from shared.schemas import GenerateRequest, JobStatus, StoryControls


@dataclass(frozen=True, slots=True)
class Node:
    """A passage; `status` is its job's, and `told` how its job, here or elsewhere, told it."""

    id: str
    parent_id: str | None
    origin: Origin
    text: str
    story_seed: str
    controls: StoryControls
    created_at: float
    revises_id: str | None = None
    job_id: str | None = None
    status: JobStatus | None = None
    told: Told | None = None


@dataclass(frozen=True, slots=True)
class Tree:
    """Never empty; in the order of making, so parents come first and the first is the seed."""

    nodes: Sequence[Node]

    @property
    def root(self) -> Node:
        return self.nodes[0]

    @property
    def newest_leaf(self) -> Node:
        """The last passage made is one: nothing can be its child."""
        return self.nodes[-1]

    def node(self, passage_id: str) -> Node:
        """Raises UnknownPassageError."""
        for node in self.nodes:
            if node.id == passage_id:
                return node
        raise UnknownPassageError("This story has no such passage.")

    def path(self, node: Node) -> list[Node]:
        """From the root to this passage, both included."""
        by_id = {each.id: each for each in self.nodes}
        path = [node]
        while path[-1].parent_id is not None:
            path.append(by_id[path[-1].parent_id])
        return path[::-1]

    def below(self, node: Node, last_id: str) -> list[Node]:
        """The passages from this one's child down to a descendant; empty if that is none."""
        ways = (self.path(each) for each in self.nodes if each.id == last_id)
        way = next(ways, [])
        return way[way.index(node) + 1 :] if node in way else []

    def last_request(self, node: Node) -> GenerateRequest | None:
        """What was asked for when this was told; of an edit, when what it revises was told, or
        else what was before it.
        """
        return next((draft.told.request for draft in self._drafts_to(node) if draft.told), None)

    def story_to(self, node: Node) -> list[Node]:
        """The path without the seed, which is no part of the story."""
        return self.path(node)[1:]

    def text_to(self, node: Node) -> str:
        """Passages follow each other without a gap: each goes on at its parent's last character."""
        return "".join(each.text for each in self.story_to(node))

    def _drafts_to(self, node: Node) -> Iterator[Node]:
        """The passage, what it revises, and so on; then the same of its parent, up to the root.

        Each of them once: where two ways meet, all that is behind has been told.
        """
        by_id: dict[str | None, Node] = {each.id: each for each in self.nodes}
        seen = set[str]()
        for each in reversed(self.path(node)):
            draft: Node | None = each
            while draft is not None and draft.id not in seen:
                seen.add(draft.id)
                yield draft
                draft = by_id.get(draft.revises_id)
