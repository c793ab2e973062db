"""The pieces of a page that show text from outside: stories, seeds, error details.

That text is data. Streamlit's Markdown would fetch images that it names and follow its markup, so
everything here is escaped and shown as it is. Knows the page's state no more than its address.
"""

from html import escape

import streamlit as st

from services.ui import wording
from services.ui.story import Phase, Story
from shared.client.errors import ApiError

_HEADING = """
<header class="once-heading"><h1>Once</h1><p>Plant a seed, and watch the tale arrive.</p></header>
"""


def heading() -> None:
    st.html(_HEADING)


def unseen_heading(text: str) -> None:
    """The page's name for those who listen, where what is seen says it otherwise."""
    st.html(f'<h1 class="once-unseen">{escape(text)}</h1>')


def remark(text: str) -> None:
    """A word beside the story, said once and quietly."""
    st.html(f'<p class="once-remark">{escape(text)}</p>')


def notice(error: ApiError, advice: str | None = None) -> None:
    """What went wrong and what to do about it, unless that is something else here."""
    advice = wording.advice(error) if advice is None else advice
    fields = "".join(f"<li>{escape(wording.field_problem(p))}</li>" for p in error.fields)
    st.html(
        f'<div class="once-notice" role="alert"><p><b>{escape(wording.told(error))}</b></p>'
        f"{f'<ul>{fields}</ul>' if fields else ''}<p>{escape(advice)}</p></div>"
    )


def section(text: str) -> None:
    st.html(f'<h2 class="once-section">{escape(text)}</h2>')


def subsection(text: str) -> None:
    st.html(f'<h3 class="once-subsection">{escape(text)}</h3>')


def good_news(text: str) -> None:
    st.html(f'<p class="once-good" role="status">{escape(text)}</p>')


def hint(text: str) -> None:
    """What one may want to know of the things beside it."""
    st.html(f'<p class="once-hint">{escape(text)}</p>')


def story_error(story: Story) -> None:
    if story.error is not None and story.phase in (Phase.FAILED, Phase.LOST):
        notice(story.error)
