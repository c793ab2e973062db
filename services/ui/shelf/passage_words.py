"""What is said of a passage, in plain text: escaping is the work of whoever shows it."""

from services.ui.shelf.tree import PassageTree
from shared.library import Origin, PassageView
from shared.schemas import JobStatus

_ORIGINS = {Origin.SEED: "Seed", Origin.MODEL: "Model", Origin.EDIT: "Edit"}
_WRITERS = {
    Origin.SEED: "the seed",
    Origin.MODEL: "written by the model",
    Origin.EDIT: "written by you",
}
_STATUSES = {
    JobStatus.QUEUED: "waiting",
    JobStatus.RUNNING: "being written",
    JobStatus.FAILED: "failed",
    JobStatus.CANCELLED: "stopped",
    JobStatus.EXPIRED: "out of time",
}


def origin(passage: PassageView) -> str:
    """Its kind, and what became of its job if that did not simply succeed."""
    status = _STATUSES.get(passage.status) if passage.status else None
    return _ORIGINS[passage.origin] + (f", {status}" if status else "")


def beginning(passage: PassageView, chars: int) -> str:
    """Its first words on one line."""
    # White space is folded in a short piece only: a passage can be as long as a novel.
    line = " ".join(passage.text[: 4 * chars].split())
    if not line:
        return "(no words yet)"
    return line if len(line) <= chars else cut_off(line[:chars])


def cut_off(text: str) -> str:
    """Marked as going on: three dots, whatever it breaks off at."""
    return f"{text.rstrip(' .,;:…')}…"


def spoken(tree: PassageTree, passage: PassageView, *, chars: int) -> str:
    """A passage in one sentence, for those who hear the picture."""
    number = tree.number(passage.id)
    parent = f", after {tree.number(passage.parent_id)}" if passage.parent_id else ""
    status = _STATUSES.get(passage.status) if passage.status else None
    written = _WRITERS[passage.origin] + (f", {status}" if status else "")
    newest = ", the newest" if passage.id == tree.newest.id else ""
    return f"Passage {number}{parent}, {written}{newest}: {beginning(passage, chars)}"
