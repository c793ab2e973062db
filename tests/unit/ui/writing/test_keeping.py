"""What a tab gives back to a page that had to guess how its story was told."""

import json
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from services.ui.writing import keeping, opening
from shared.client.errors import ApiError, ClientCode
from shared.schemas import GenerateRequest
from tests.unit.ui.writing.stories import passage, story

REQUEST = GenerateRequest(story_seed="A fox", memory="The fox is blue.", author_note="A storm.")
TOLD = story(passage("a", text="Once ", job="job"))


def page() -> None:
    import streamlit as st

    from services.ui.state import page_state
    from services.ui.writing import fields, keeping, opening
    from services.ui.writing.address import Address

    state = page_state()
    fields.prepare(state, "write")
    opening.open_story(state, Address("s"))
    for name in ("memory", "author_note"):
        st.text_area(name, key=fields.key(name))
    fields.keep(state)
    keeping.draw(state, "s")
    st.button("give back", on_click=keeping._take_back)


class Tab:
    """Keeps what the page tells it, and gives that back to a new one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.knows_job = True
        self.kept: dict[str, Any] = {}
        jobs = SimpleNamespace(read=self._job)
        stories = SimpleNamespace(read=lambda *_, **__: TOLD)
        api = SimpleNamespace(jobs=jobs, stories=stories)
        monkeypatch.setattr(opening, "api_client", lambda: api)
        monkeypatch.setattr(keeping, "told", lambda *_: self.kept)
        self.open()

    def open(self) -> None:
        self.page = AppTest.from_function(page).run()

    def type(self, name: str, text: str) -> None:
        self.page.text_area(key=f"sheet_{name}").set_value(text).run()
        [told] = [json.loads(each.proto.json) for each in self.page.get("bidi_component")]
        self.kept = {name: told[name] for name in ("story", "sheet", "guessed", "edit")}
        self.kept |= {"title": told["typed_title"], "forgotten": False}

    def refresh(self) -> None:
        self.open()
        self.page.button[0].click().run()

    @property
    def shown(self) -> list[str | None]:
        """Memory and author's note."""
        assert not self.page.exception
        return [each.value for each in self.page.text_area]

    def _job(self, *_: object, **__: object) -> SimpleNamespace:
        if not self.knows_job:
            raise ApiError(ClientCode.UNREACHABLE, "The service cannot be reached.")
        return SimpleNamespace(request=REQUEST)


@pytest.fixture
def tab(monkeypatch: pytest.MonkeyPatch) -> Tab:
    return Tab(monkeypatch)


def test_a_field_that_was_emptied_is_not_filled_again(tab: Tab) -> None:
    assert tab.shown == ["The fox is blue.", "A storm."]
    tab.type("memory", "")
    tab.knows_job = False
    tab.refresh()
    tab.knows_job = True
    tab.page.run()
    assert tab.shown == ["", "A storm."]


def test_a_guess_is_completed_whatever_was_typed_over_it(tab: Tab) -> None:
    tab.knows_job = False
    tab.open()
    tab.type("author_note", "Mine.")
    tab.refresh()
    assert tab.shown == ["", "Mine."]
    tab.type("author_note", "Ours.")
    tab.knows_job = True
    tab.refresh()
    assert tab.shown == ["The fox is blue.", "Ours."]
