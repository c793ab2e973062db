"""A story's tree as a nested list, to be read or heard in order. Pure; model text is escaped.

Passages that simply follow each other stand in one list; only a fork opens lists within it, one
a branch, so that a long story does not wander off to the right.
"""

from collections.abc import Sequence
from html import escape

from services.ui.shelf import passage_words
from services.ui.shelf.branch_picture import passage_address
from services.ui.shelf.tree import PassageTree
from shared.library import PassageView, StoryView

BEGINNING_CHARS = 240


def outline(story: StoryView) -> str:
    tree = PassageTree.of(story.passages)
    parts = ['<ul class="once-outline">']
    # What is still to be written, the next on top. A list of one's own instead of recursion: a
    # story may be deeper than Python's stack.
    waiting: list[PassageView | str] = ["</ul>", tree.root]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            parts.append(item)
            continue
        parts.append(f"<li>{_entry(story.id, tree, item)}</li>")
        children = tree.children_of(item)
        if len(children) == 1:
            waiting.append(children[0])
        elif children:
            waiting.extend(reversed(_fork(tree, item, children)))
    return "".join(parts)


def _fork(
    tree: PassageTree, passage: PassageView, children: Sequence[PassageView]
) -> list[PassageView | str]:
    number = tree.number(passage.id)
    parts: list[PassageView | str] = [
        f"<li>After {number} the story has {len(children)} branches:<ol>"
    ]
    for child in children:
        parts += ["<li><ul>", child, "</ul></li>"]
    return [*parts, "</ol></li>"]


def _entry(story_id: str, tree: PassageTree, passage: PassageView) -> str:
    newest = " · newest" if passage.id == tree.newest.id else ""
    address = escape(passage_address(story_id, passage.id))
    return (
        f'<a href="{address}">{tree.number(passage.id)} · '
        f"{passage_words.origin(passage)}{newest}</a> "
        f'<span dir="auto">{escape(passage_words.beginning(passage, BEGINNING_CHARS))}</span>'
    )
