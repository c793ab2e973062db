"""The form that describes a story, for pages that ask for one at a time of their own.

Its fields are those of the writing page: what was typed there stands here too.
"""

from dataclasses import dataclass

import streamlit as st
from pydantic import ValidationError

from services.ui.findings import refused_input
from services.ui.state import page_state
from services.ui.writing import fields, widgets
from shared.client.errors import ApiError
from shared.schemas import GenerateRequest


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
    if not written:
        return None
    try:
        return FormAnswer(request=sheet.request())
    except ValidationError as error:
        return FormAnswer(refused=refused_input(error))
