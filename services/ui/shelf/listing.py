"""The library's first face: the list of stories, with search, import and Undo."""

from html import escape
from typing import NamedTuple

import streamlit as st

from services.ui import components
from services.ui.shelf import actions, passage_words, pieces
from services.ui.state import api_client, page_state
from shared.client.errors import ApiError
from shared.library import BEGINNING_CHARS, SEARCH_MAX_CHARS, StoryPage, StorySummary
from shared.story_files import MAX_FILE_BYTES

_ELSEWHERE = """
<p class="once-hint">Here is what you began or opened in the writing room, kept from a comparison,
or imported. A job of <code>make story</code>, <code>once write</code> or the API comes in with
<code>once export JOB</code>.</p>
"""
STORIES, DELETED = "Stories", "Deleted stories"
_SEARCH, _SHOW = "library-search", "library-show"


class _Wish(NamedTuple):
    """Which stories the list shall hold."""

    search: str
    deleted: bool


def story_list() -> None:
    pieces.heading("Library", "Stories of this room, the last changed first.")
    st.html(_ELSEWHERE)
    pieces.refusal()
    _undo_line()
    wish = _wish()
    _upload()
    try:
        page = _read(wish)
    except ApiError as error:
        components.notice(error)
        return
    if not page.stories:
        _nothing(wish)
    for story in page.stories:
        _card(story)
    if page.next_cursor is not None:
        st.button("More stories", on_click=actions.show_more, width="stretch")


def _undo_line() -> None:
    story = page_state().library.deleted
    if story is None:
        return
    with st.container(key="undo", horizontal=True, vertical_alignment="center"):
        st.html(
            f'<p class="once-undo" role="status"><span dir="auto">‘{escape(story.title)}’</span> '
            "was deleted.</p>",
            width="content",
        )
        st.button("Undo", on_click=actions.restore, args=(story.id,))


def _wish() -> _Wish:
    search = st.text_input(
        "Search",
        key=_SEARCH,
        max_chars=SEARCH_MAX_CHARS,
        placeholder="Words in titles, seeds and texts",
        on_change=actions.show_from_start,
        persist_state="session",
    )
    shown = st.radio(
        "Show",
        [STORIES, DELETED],
        key=_SHOW,
        horizontal=True,
        label_visibility="collapsed",
        on_change=actions.show_from_start,
        persist_state="session",
    )
    # The field bounds what is typed, and not what the tab remembers.
    return _Wish(search.strip()[:SEARCH_MAX_CHARS], shown == DELETED)


def _upload() -> None:
    field = f"import-{page_state().library.imports}"
    with st.expander("Import a story"):
        st.file_uploader(
            "A story that was exported as JSON",
            type=["json"],
            key=field,
            on_change=actions.take_in,
            args=(field,),
            max_upload_size=MAX_FILE_BYTES // (1024 * 1024),
        )


def _read(wish: _Wish) -> StoryPage:
    """All that is shown, as one page. Raises ApiError."""
    stories: list[StorySummary] = []
    cursor: str | None = None
    for _ in range(page_state().library.pages):
        page = api_client().stories.page(
            search=wish.search or None, deleted=wish.deleted, cursor=cursor
        )
        stories += page.stories
        cursor = page.next_cursor
        if cursor is None:
            break
    return StoryPage(stories=stories, next_cursor=cursor)


def _card(story: StorySummary) -> None:
    # Until it is renamed, a story is called by its seed.
    seed = "" if story.story_seed == story.title else story.story_seed
    length = pieces.passages_in_all(story.passage_count)
    with st.container(border=True, key=f"card-{story.id}", gap="small"):
        st.html(
            f'<article class="once-card"><h2 dir="auto">{escape(story.title)}</h2>'
            f"{_line('seed', seed)}{_line('beginning', _excerpt(story.beginning))}"
            f'<p class="once-card-age">{_age(story)} · {length}</p></article>'
        )
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if story.deleted_at is None:
                pieces.open_link(story.id)
            st.button(
                "Details",
                key=f"details-{story.id}",
                on_click=actions.show_details,
                args=(story.id,),
            )
            _delete_or_restore(story)


def _line(kind: str, text: str) -> str:
    return f'<p class="once-card-{kind}" dir="auto">{escape(text)}</p>' if text else ""


def _excerpt(beginning: str) -> str:
    """Marked as one where more may follow."""
    line = " ".join(beginning.split())
    return passage_words.cut_off(line) if len(beginning) == BEGINNING_CHARS else line


def _delete_or_restore(story: StorySummary) -> None:
    if story.deleted_at is None:
        pieces.delete_button(story, f"delete-{story.id}")
    else:
        st.button("Restore", key=f"restore-{story.id}", on_click=actions.restore, args=(story.id,))


def _age(story: StorySummary) -> str:
    if story.deleted_at is not None:
        return pieces.age("Deleted", story.deleted_at)
    return pieces.age("Changed", story.updated_at)


def _nothing(wish: _Wish) -> None:
    if wish.search:
        said = f"No {'deleted ' if wish.deleted else ''}story holds “{escape(wish.search)}”."
        advice = "Try fewer words, or other ones."
    elif wish.deleted:
        said, advice = "No story is deleted.", "What you delete can be restored from here."
    else:
        said, advice = "No stories yet.", "Write the first one, or import one from a file."
    st.html(f'<div class="once-nothing"><p><b>{said}</b></p><p>{advice}</p></div>')
    if not wish.search and not wish.deleted:
        st.page_link(pieces.WRITE_PAGE, label="Write a story")
