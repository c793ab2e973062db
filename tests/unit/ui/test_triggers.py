"""A script tells something, and the page that had it has gone: nothing breaks, nothing is lost."""

from streamlit.testing.v1 import AppTest

from services.ui.state import page_state


def page_without_scripts() -> None:
    import pytest
    import streamlit as st

    from services.ui import unsent
    from services.ui.writing import keeping, picking

    st.session_state.setdefault("field", "as it was")
    if st.button("all"):
        keeping._take_back()
        unsent._give_back("nobody", "field", 9)
        picking._taken(lambda picked: pytest.fail(f"{picked} was picked"))


def test_what_is_told_by_a_page_that_was_left_breaks_none() -> None:
    tab = AppTest.from_function(page_without_scripts).run()
    tab.button[0].click().run()
    assert not tab.exception
    assert tab.session_state["field"] == "as it was"
    state = tab.session_state["page"]
    assert isinstance(state, type(page_state()))
    assert (state.given_back_in_vain, state.taken_back) == (1, 0), "the tab is asked again"
