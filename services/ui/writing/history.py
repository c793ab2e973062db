"""Which passages of a story a tab came from. Nothing is undone in the story itself. Pure."""

from dataclasses import dataclass, field


@dataclass(slots=True)
class History:
    """Passage ids, the one to go to next at the end of each list."""

    back: list[str] = field(default_factory=list)
    forward: list[str] = field(default_factory=list)

    def leave(self, passage_id: str) -> None:
        """Something new was made here: what had been undone before is no way forward any more."""
        self.back.append(passage_id)
        self.forward.clear()

    def undo(self, current: str, parent: str | None) -> str | None:
        """Where to go: to what was left last, else to the parent. None if there is neither."""
        return _step(self.back, self.forward, current, parent)

    def redo(self, current: str, child: str | None) -> str | None:
        """Where to go: to what was undone last, else on to the child."""
        return _step(self.forward, self.back, current, child)


def _step(source: list[str], other: list[str], current: str, otherwise: str | None) -> str | None:
    # The browser's own back button may have gone there already.
    while source and source[-1] == current:
        source.pop()
    target = source.pop() if source else otherwise
    if target is not None:
        other.append(current)
    return target
