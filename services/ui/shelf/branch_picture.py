"""A story's tree as a picture: an HTML string of links and lines. Pure; model text is escaped.

No SVG, since Streamlit's sanitizer takes it out. In HTML the colours follow the page by day and
by night, each passage is a true link, and long words end in an ellipsis by themselves.
"""

from html import escape
from urllib.parse import urlencode

from services.ui.shelf import passage_words
from services.ui.shelf.branch_layout import Layout, Placed, lay_out
from services.ui.shelf.tree import PassageTree
from shared.library import StoryView

NODE_WIDTH, NODE_HEIGHT = 152, 64
GAP_ACROSS, GAP_DOWN = 16, 36
MARGIN = 8
"""Pixels: room for the ring around the link that has the focus."""
WORDS_CHARS = 60
SPOKEN_CHARS = 120


def branch_picture(story: StoryView) -> str:
    tree = PassageTree.of(story.passages)
    layout = lay_out(tree)
    newest = tree.newest_path
    nodes = "".join(_node(story.id, tree, each, newest) for each in layout.placed.values())
    return (
        '<nav class="once-tree" aria-label="Branch picture">'
        f'<div class="once-tree-canvas" style="width:{_width(layout)}px;'
        f'height:{_top(layout.rows) - GAP_DOWN + MARGIN}px">'
        f"{_lines(tree, layout, newest)}{nodes}</div></nav>"
    )


def passage_address(story_id: str, passage_id: str) -> str:
    """Where the writing page shows this passage."""
    return f"/?{urlencode({'story': story_id, 'passage': passage_id})}"


def _node(story_id: str, tree: PassageTree, placed: Placed, newest: frozenset[str]) -> str:
    passage = placed.passage
    on_path = " once-on-path" if passage.id in newest else ""
    spoken = escape(passage_words.spoken(tree, passage, chars=SPOKEN_CHARS))
    mark = " · newest" if passage.id == tree.newest.id else ""
    return (
        f'<a class="once-node once-by-{passage.origin}{on_path}" title="{spoken}" '
        f'aria-label="{spoken}" href="{escape(passage_address(story_id, passage.id))}" '
        f'style="left:{_left(placed.column)}px;top:{_top(placed.row)}px;'
        f'width:{NODE_WIDTH}px;height:{NODE_HEIGHT}px">'
        f"<b>{tree.number(passage.id)} · {passage_words.origin(passage)}{mark}</b>"
        f'<span dir="auto">{escape(passage_words.beginning(passage, WORDS_CHARS))}</span></a>'
    )


def _lines(tree: PassageTree, layout: Layout, newest: frozenset[str]) -> str:
    """The newest path's lines last, so that they lie above the others."""
    plain: list[str] = []
    on_path: list[str] = []
    for placed in layout.placed.values():
        if placed.passage.parent_id is not None:
            parent = layout.placed[placed.passage.parent_id]
            lines = on_path if placed.passage.id in newest else plain
            lines.append(_line(parent, placed, on_path=lines is on_path))
    return "".join([*plain, *on_path])


def _line(parent: Placed, child: Placed, *, on_path: bool) -> str:
    """Down from the parent, then around a corner to the child."""
    begin, end = _middle(parent.column), _middle(child.column)
    top, half = _top(parent.row) + NODE_HEIGHT, GAP_DOWN // 2
    side = "left" if end < begin else "right" if end > begin else "down"
    kind = " once-on-path" if on_path else ""
    return (
        f'<span class="once-line once-stem{kind}" style="left:{begin}px;top:{top}px;'
        f'height:{half}px"></span>'
        f'<span class="once-line once-{side}{kind}" style="left:{min(begin, end)}px;'
        f'top:{top + half}px;width:{abs(end - begin)}px;height:{half}px"></span>'
    )


def _left(column: float) -> int:
    return MARGIN + round(column * (NODE_WIDTH + GAP_ACROSS))


def _middle(column: float) -> int:
    return _left(column) + NODE_WIDTH // 2


def _top(row: int) -> int:
    return MARGIN + row * (NODE_HEIGHT + GAP_DOWN)


def _width(layout: Layout) -> int:
    return _left(layout.columns) - GAP_ACROSS + MARGIN
