"""A story's tree as a picture: an HTML string of links and lines. Pure; model text is escaped.

No SVG, since Streamlit's sanitizer takes it out. In HTML the colours follow the page by day and
by night, each passage is a true link, and long words end in an ellipsis by themselves.
"""

from html import escape
from urllib.parse import urlencode

from services.ui.shelf import passage_words
from services.ui.shelf.branch_layout import Layout, Place, lay_out
from services.ui.shelf.tree import PassageTree
from shared.library import PassageView, StoryView

NODE_WIDTH, NODE_HEIGHT = 152, 64
GAP_ACROSS, GAP_DOWN = 16, 36
MARGIN = 8
"""Pixels: room for the ring around the link that has the focus."""
WORDS_CHARS = 60
SPOKEN_CHARS = 120


def branch_picture(story: StoryView) -> str:
    tree = PassageTree.of(story.passages)
    layout = lay_out(tree)
    nodes = "".join(_node(story.id, tree, each, layout.places[each.id]) for each in tree.passages)
    width = _left(layout.columns) - GAP_ACROSS + MARGIN
    height = _top(layout.rows) - GAP_DOWN + MARGIN
    return (
        '<nav class="once-tree" aria-label="Branch picture" tabindex="0">'
        f'<div class="once-tree-canvas" style="width:{width}px;height:{height}px">'
        f"{_lines(tree, layout)}{nodes}</div></nav>"
    )


def passage_address(story_id: str, passage_id: str) -> str:
    """Where the writing page shows this passage."""
    return f"/?{urlencode({'story': story_id, 'passage': passage_id})}"


def _node(story_id: str, tree: PassageTree, passage: PassageView, place: Place) -> str:
    spoken = escape(passage_words.spoken(tree, passage, chars=SPOKEN_CHARS))
    mark = " · newest" if passage.id == tree.newest.id else ""
    return (
        f'<a class="once-node once-by-{passage.origin}{_on_path(tree, passage)}" '
        f'aria-label="{spoken}" href="{escape(passage_address(story_id, passage.id))}" '
        f'style="left:{_left(place.column)}px;top:{_top(place.row)}px;'
        f'width:{NODE_WIDTH}px;height:{NODE_HEIGHT}px">'
        f"<b>{tree.number(passage.id)} · {passage_words.origin(passage)}{mark}</b>"
        f'<span dir="auto">{escape(passage_words.beginning(passage, WORDS_CHARS))}</span></a>'
    )


def _lines(tree: PassageTree, layout: Layout) -> str:
    """The newest path's last, so that they lie above the others."""
    children = [each for each in tree.passages if each.parent_id is not None]
    children.sort(key=lambda each: each.id in tree.newest_path)
    return "".join(_line(tree, layout, child) for child in children)


def _line(tree: PassageTree, layout: Layout, child: PassageView) -> str:
    """Down from the parent, and around a corner to a child that does not stand below it."""
    assert child.parent_id is not None, "the seed has no line"
    parent, place = layout.places[child.parent_id], layout.places[child.id]
    begin, end = _middle(parent.column), _middle(place.column)
    top, half = _top(parent.row) + NODE_HEIGHT, GAP_DOWN // 2
    kind = _on_path(tree, child)
    if begin == end:
        return _stem(begin, top, GAP_DOWN, kind)
    return _stem(begin, top, half, kind) + (
        f'<span class="once-line once-bend{kind}" style="left:{begin}px;top:{top + half}px;'
        f'width:{end - begin}px;height:{half}px"></span>'
    )


def _stem(left: int, top: int, height: int, kind: str) -> str:
    return (
        f'<span class="once-line once-stem{kind}" '
        f'style="left:{left}px;top:{top}px;height:{height}px"></span>'
    )


def _on_path(tree: PassageTree, passage: PassageView) -> str:
    return " once-on-path" if passage.id in tree.newest_path else ""


def _left(column: int) -> int:
    return MARGIN + column * (NODE_WIDTH + GAP_ACROSS)


def _middle(column: int) -> int:
    return _left(column) + NODE_WIDTH // 2


def _top(row: int) -> int:
    return MARGIN + row * (NODE_HEIGHT + GAP_DOWN)
