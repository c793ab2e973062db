"""The form that describes a story, for pages that ask for one at a time of their own.

Its fields are those of the writing page: what was typed there stands here too.
"""

from dataclasses import dataclass, replace

import streamlit as st
from pydantic import ValidationError

from services.ui import unsent
from services.ui.findings import refused_input
from services.ui.state import page_state
from services.ui.writing import fields, widgets
from services.ui.writing.sheet import Sheet
from shared.client.errors import ApiError
from shared.schemas import MAX_SO_FAR_CHARS, GenerateRequest

_TYPED_FIELDS = ("story_seed", "memory", "author_note")


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """Exactly one of the two is set: what was asked for, or why that makes no request."""

    request: GenerateRequest | None = None
    refused: ApiError | None = None


def story_form(page: str) -> FormAnswer | None:
    """Draw the form of this page. Answers once after each press of Write."""
    state = page_state()
    fields.prepare(state, page)
    with st.form("story", border=False):
        widgets.story_seed()
        widgets.controls()
        widgets.mind()
        with st.expander(widgets.ADVANCED):
            widgets.sampling()
        written = st.form_submit_button("Write", type="primary", width="stretch")
    sheet = fields.keep(state)
    _keep_unsent(page, state.sent_form)
    if not written:
        return None
    try:
        request = sheet.request()
        state.sent_form = replace(sheet)
        return FormAnswer(request=request)
    except ValidationError as error:
        return FormAnswer(refused=refused_input(error))


def _keep_unsent(page: str, sent: Sheet | None) -> None:
    for name in _TYPED_FIELDS:
        unsent.keep(
            fields.key(name),
            name=f"{page}-{name}",
            kept=getattr(sent, name) if sent else None,
            most_chars=MAX_SO_FAR_CHARS,
            is_shared=True,
        )
