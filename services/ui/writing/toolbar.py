"""The row of buttons beneath the text. What they do is in `acts.py`."""

import streamlit as st

from services.ui.state import PageState
from services.ui.writing import acts, branching, drafts, editing, tree
from services.ui.writing.opening import Opened


def draw(state: PageState, opened: Opened, *, live: bool) -> None:
    told = opened.passage.parent_id is not None
    with st.container(key="toolbar", horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.button(
            "Continue",
            key="continue",
            type="primary",
            on_click=acts.tell_on,
            args=(opened,),
            disabled=live,
            shortcut="Alt+Enter",
            help="Go on from here. (Alt+Enter)",
        )
        st.button(
            "Retry",
            key="retry",
            on_click=acts.retry,
            args=(opened,),
            disabled=live or not told,
            help="Tell this passage again. The other version stays.",
        )
        _undo_redo(state, opened)
        st.button(
            "Edit",
            key="edit",
            on_click=editing.begin,
            args=(opened,),
            disabled=live or not told,
        )
        branching.popover(opened, disabled=live or not told)
        drafts.popover(opened, disabled=live)
        _versions(opened)


def _undo_redo(state: PageState, opened: Opened) -> None:
    history = state.history_of(opened.story.id)
    parent = tree.parent_in_text(opened.story, opened.passage)
    child = tree.newest_child(opened.story, opened.passage)
    st.button(
        "Undo",
        key="undo",
        on_click=acts.undo,
        args=(opened,),
        disabled=not history.back and parent is None,
        shortcut="Alt+Z",
        help="Step back; nothing is deleted. (Alt+Z)",
    )
    st.button(
        "Redo",
        key="redo",
        on_click=acts.redo,
        args=(opened,),
        disabled=not history.forward and child is None,
        shortcut="Alt+Y",
        help="Step forward again. (Alt+Y)",
    )


def _versions(opened: Opened) -> None:
    """The passage's siblings, to leaf through."""
    versions = tree.siblings(opened.story, opened.passage)
    if len(versions) < 2:
        return
    here = [each.id for each in versions].index(opened.passage.id)
    with st.container(
        key="versions",
        width="content",
        horizontal=True,
        vertical_alignment="center",
        gap="xsmall",
    ):
        st.button(
            "‹ Earlier",
            key="earlier",
            on_click=acts.go_to,
            args=(opened, versions[here - 1]),
            disabled=here == 0,
        )
        st.html(
            f'<span class="once-version" aria-label="Version {here + 1} of {len(versions)}" '
            f'role="img">{here + 1}/{len(versions)}</span>'
        )
        st.button(
            "Later ›",
            key="later",
            on_click=acts.go_to,
            args=(opened, versions[(here + 1) % len(versions)]),
            disabled=here + 1 == len(versions),
        )
