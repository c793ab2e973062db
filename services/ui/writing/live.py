"""The text and its status line, which follow a passage while it is written."""

from collections.abc import Callable, Sequence

import streamlit as st

from services.ui.following import parts
from services.ui.following.parts import Followed, Run
from services.ui.following.sight import Look, Sight
from services.ui.state import PageState, page_state
from services.ui.story import Phase, Story
from services.ui.writing import acts, book, news, picking, telling, tree
from services.ui.writing.opening import Opened
from services.ui.writing.origins import Piece, pieces_of, without_lead
from services.ui.writing.picking import Picked
from shared.client.errors import NotThereError
from shared.library import Origin, PassageView

_TEXT = "story_text"
_STATUS = "story_status"


def draw(opened: Opened, story: Story, *, coloured: bool, take: Callable[[Picked], None]) -> None:
    """`story` tells the open passage; `take` is told of a place that is chosen in the text."""
    state = page_state()
    path = tree.path_to(opened.story, opened.passage)
    kept = _passages(opened, path, coloured=coloured)
    before = kept[:-1]
    job_id = tree.job_of(opened.story, opened.passage)
    look = Look(words_before=_words(before))
    followed = telling.followed(state, job_id, story, look)
    passages = [*before, *_last(kept, path, followed.sight, coloured=coloured)]
    if any(text for passage in passages for text, _ in passage) or not _is_broken(story):
        legend = book.LEGEND if coloured else ()
        seed = opened.story.story_seed
        parts.page(followed, passages, key=_TEXT, seed=seed, legend=legend)
    shown = passages if followed.sight.is_over else []
    picking.draw(path, shown, picking.LEAVE_OR_EDIT, take)
    _under(state, job_id, story, followed)


def draw_still(opened: Opened) -> None:
    """The text of a story that nothing can change."""
    path = tree.path_to(opened.story, opened.passage)
    still = Followed(Sight(text="", status="", colour="", is_over=True))
    passages = _passages(opened, path, coloured=False)
    parts.page(still, passages, key=_TEXT, seed=opened.story.story_seed)


def draw_before(
    opened: Opened, path: Sequence[PassageView], *, take: Callable[[Picked], None]
) -> None:
    """What stands before an edit, where the text stood: nobody loses their place."""
    still = Followed(Sight(text="", status="", colour="", is_over=True))
    passages = _passages(opened, path, coloured=False)
    parts.page(still, passages, key=_TEXT, seed=opened.story.story_seed, frame="once-before")
    picking.draw(path, passages, picking.EDIT_FROM, take)


def draw_behind(opened: Opened, path: Sequence[PassageView]) -> None:
    """What follows on an edit."""
    if path:
        st.html(book.behind_html(_passages(opened, path, coloured=False)))


def draw_tail(opened: Opened, path: Sequence[PassageView], *, coloured: bool) -> None:
    """What drafts go on from."""
    passages = _passages(opened, path, coloured=coloured)
    st.html(book.tail_html(opened.story.story_seed, passages))


def draw_bare(job_id: str) -> None:
    """A job that is no story of the library (yet)."""
    state = page_state()
    story = telling.follow(state, job_id)
    followed = telling.followed(state, job_id, story)
    if story.text or not _is_broken(story):
        seed = (story.job.request.story_seed if story.job else None) or ""
        parts.page(followed, [[(followed.sight.text, None)]], key=_TEXT, seed=seed)
    _under(state, job_id, story, followed)


def _passages(
    opened: Opened, path: Sequence[PassageView], *, coloured: bool
) -> list[Sequence[Run]]:
    told: list[Sequence[Run]] = []
    for passage in path:
        pieces = [Piece(passage.text, passage.origin)]
        if coloured:
            pieces = pieces_of(opened.story, passage)
        if not any(text.strip() for runs in told for text, _ in runs):
            pieces = without_lead(pieces)
        told.append(book.runs(pieces, coloured=coloured))
    return told


def _last(
    kept: Sequence[Sequence[Run]], path: Sequence[PassageView], sight: Sight, *, coloured: bool
) -> Sequence[Sequence[Run]]:
    """The passage that may grow; none if it is the seed, which is no part of the text."""
    if not path or path[-1].origin is Origin.EDIT:
        return kept[-1:]
    return [book.runs([Piece(sight.text, path[-1].origin)], coloured=coloured)]


def _words(passages: Sequence[Sequence[Run]]) -> int:
    return len("".join(text for passage in passages for text, _ in passage).split())


def _is_broken(story: Story) -> bool:
    return story.phase in (Phase.LOST, Phase.FAILED)


def _under(state: PageState, job_id: str | None, story: Story, followed: Followed) -> None:
    is_live = not followed.sight.is_over
    trouble = story.error if _is_broken(story) else None
    news.draw(state, trouble, state.stop_refused if is_live else None)
    with st.container(key="status", horizontal=True, vertical_alignment="center"):
        parts.status_line(followed, key=_STATUS, stopping=job_id in state.stopping)
        if job_id is None:
            return
        if is_live:
            st.button(
                "Stop",
                key="stop",
                on_click=acts.stop,
                args=((job_id,),),
                disabled=job_id in state.stopping,
                shortcut="Alt+S",
                help="What is written stays. (Alt+S)",
            )
        elif story.phase is Phase.LOST and not isinstance(story.error, NotThereError):
            st.button(
                "Try again", key="try_again", on_click=telling.follow_anew, args=(state, job_id)
            )
