"""The script that keeps what is typed, alone with a page that comes and goes at given moments."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

import services.ui

ADDRESS = "http://127.0.0.1/"
STORY, LABEL = "a-story", "Passage 1 of 1"
SHEET = {"story_seed": ""}
GUESSED = {"story_seed": "A fox"}
UI = Path(services.ui.__file__).parent
SCRIPT = "".join((UI / name).read_text() for name in ("leaving.js", "writing/keeper.js"))


class Script:
    """Component `keeper` on a page with one field, and what it gave back."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def refresh(self) -> None:
        self.page.goto(ADDRESS)
        self.page.wait_for_function("!!window.show")
        self.come()

    def come(self) -> None:
        """Drawn at a new place of the page, as after another page or a remount."""
        self.page.evaluate("() => { window.parent_ = document.createElement('div'); }")

    def show(self, text: str | None, *, taken: int = 0, in_vain: int = 0) -> None:
        """A run of the page ends that has `text` in its edit, or no edit."""
        edit = None if text is None else {"story_id": STORY, "texts": [text]}
        data = {
            "story": STORY,
            "session": "a-session",
            "taken": taken,
            "in_vain": in_vain,
            "sheet": SHEET,
            "guessed": GUESSED,
            "edit": edit,
            "title": "A title",
            "typed_title": None,
            "is_begun": False,
            "fields": {} if edit is None else {LABEL: 0},
        }
        self.page.evaluate("data => window.show(data)", data)

    def type(self, text: str) -> None:
        """In a field that said something else."""
        self.show("One.")
        self.page.get_by_label(LABEL).fill(text)

    def leave(self) -> None:
        self.page.evaluate("() => window.leave()")

    @property
    def given(self) -> list[list[str] | None]:
        """The texts of each edit that was given back."""
        told: list[dict[str, Any]] = self.page.evaluate("window.given")
        return [each["edit"] and each["edit"]["texts"] for each in told]

    @property
    def stored(self) -> list[str]:
        texts: list[str] = self.page.evaluate(
            "story => JSON.parse(sessionStorage.getItem('once-typed:' + story)).edit.texts", STORY
        )
        return texts


PAGE = f"""<textarea aria-label="{LABEL}"></textarea>
<script type="module">
import keep from "/keeper.js";
window.given = [];
window.show = (data) => {{
  window.leave = keep({{
    parentElement: window.parent_,
    data,
    setTriggerValue: (_, typed) => window.given.push(typed),
  }});
}};
</script>"""


@pytest.fixture
def script(page: Page) -> Script:
    def answer(route: Route) -> None:
        is_script = route.request.url.endswith(".js")
        kind = "text/javascript" if is_script else "text/html"
        route.fulfill(body=SCRIPT if is_script else PAGE, content_type=kind)

    page.route(f"{ADDRESS}**", answer)
    script = Script(page)
    script.refresh()
    return script


def test_what_is_typed_is_stored_and_given_to_a_page_that_knows_nothing_of_it(
    script: Script,
) -> None:
    script.type("One. Two.")
    assert script.stored == ["One. Two."]
    script.refresh()
    script.show(None)
    assert script.given == [["One. Two."]]
    assert script.page.evaluate("window.given[0].guessed") == GUESSED
    script.show(None)
    assert script.stored == ["One. Two."], "until the page says that it took it"
    script.show("One. Two.", taken=1)
    script.show("Saved otherwise.", taken=1)
    assert script.stored == ["Saved otherwise."]


def test_a_page_that_is_drawn_anew_before_it_took_what_was_given_is_given_it_again(
    script: Script,
) -> None:
    script.type("One. Two.")
    script.refresh()
    script.show(None)
    script.leave()
    script.come()
    script.show(None)
    assert script.given == [["One. Two."]] * 2
    assert script.stored == ["One. Two."]


def test_what_a_page_did_not_hear_of_is_given_when_it_comes_back(script: Script) -> None:
    script.type("One. Two.")
    script.leave()
    script.come()
    script.show("One.")
    assert script.given == [["One. Two."]]
    script.show("One. Two.", taken=1)
    script.leave()
    script.come()
    script.show("One. Two.", taken=1)
    assert len(script.given) == 1, "it is known by now"


def test_a_field_that_says_nothing_yet_was_not_emptied_by_anybody(script: Script) -> None:
    """The page gives a new field the focus before its text."""
    script.type("One. Two.")
    script.leave()
    script.come()
    script.show("One.")
    script.leave()
    script.page.evaluate(
        """() => {
            const field = document.querySelector("textarea");
            const anew = field.cloneNode();
            anew.value = "";
            field.replaceWith(anew);
            anew.focus();
        }"""
    )
    assert script.page.get_by_label(LABEL).input_value() == ""
    script.come()
    script.show("One.", in_vain=1)
    assert script.given == [["One. Two."]] * 2


def test_a_field_that_somebody_emptied_is_empty(script: Script) -> None:
    script.type("One. Two.")
    script.page.get_by_label(LABEL).fill("")
    script.leave()
    script.come()
    script.show("One.", in_vain=1)
    assert script.given == [[""]]


def test_what_is_typed_before_the_script_comes_to_life_is_kept(script: Script) -> None:
    script.page.get_by_label(LABEL).press_sequentially("Early.")
    script.show("")
    assert script.given == [["Early."]]
