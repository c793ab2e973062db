"""Small pieces that both faces of the library page show. Titles and seeds are escaped."""

import time
from html import escape

import streamlit as st

from services.ui import components
from services.ui.shelf import actions
from services.ui.shelf.ages import ago, in_full, zone_of
from services.ui.state import page_state
from shared.library import StoryHead

WRITE_PAGE = "views/write.py"


def heading(title: str, line: str) -> None:
    """`title` and `line` may come from outside."""
    st.html(
        f'<header class="once-heading"><h1 dir="auto">{escape(title)}</h1>'
        f'<p dir="auto">{escape(line)}</p></header>'
    )


def part(name: str) -> None:
    """The heading of a part of the page, in our own words."""
    st.html(f'<h2 class="once-part">{name}</h2>')


def refusal() -> None:
    """Why the last wish changed nothing, once."""
    state = page_state().library
    if state.refused is not None:
        components.notice(state.refused)
        state.refused = None


def age(word: str, moment: float) -> str:
    """HTML such as "Changed 5 minutes ago", which tells the full time when pointed at."""
    full = escape(in_full(moment, zone_of(st.context.timezone)))
    return f'{escape(word)} <time title="{full}">{ago(time.time() - moment)}</time>'


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def passages_in_all(with_seed: int) -> str:
    """Those that were left aside, too; the seed is no passage to whoever reads."""
    return f"{count(with_seed - 1, 'passage')} in all branches"


def open_link(story_id: str) -> None:
    """To the writing page, with this story; the browser's way back comes here again."""
    st.page_link(WRITE_PAGE, label="Open →", query_params={"story": story_id})


def delete_button(story: StoryHead, key: str) -> None:
    """Less to be seen than what is done more often."""
    st.button("Delete", key=key, type="tertiary", on_click=actions.delete, args=(story,))
