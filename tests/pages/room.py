"""A browser tab of the writing room without the browser, on the real API, with a played worker."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from streamlit.proto.PageLink_pb2 import PageLink
from streamlit.testing.v1 import AppTest

import services.ui
from services.ui.pages import PAGES
from shared.client import Client
from shared.library import NewStory, StoryView
from shared.schemas import GenerateRequest
from tests.unit.api.acting import Actor

APP = Path(services.ui.__file__).with_name("app.py")
SEED = "A lighthouse keeper who hears music"


@dataclass
class Room:
    """`client` speaks for the same person as the tab; `actor` is the only worker."""

    client: Client
    actor: Actor
    tab: AppTest = field(default_factory=lambda: AppTest.from_file(str(APP), default_timeout=15))

    def open(self, view: str, **address: str) -> None:
        """Go to the page in `views/<view>.py`, with this behind the `?`."""
        self.tab.run()
        for name, value in address.items():
            self.tab.query_params[name] = value
        self.tab.switch_page(f"views/{view}.py").run()
        self._sound()

    def shown(self) -> str:
        """All HTML and all plain text on the page."""
        plain = [element.value for element in self.tab.text]
        statuses = [part["status"] for part in self.parts("status")]
        pages = [f"{text_of(part)}\n{part['note']}" for part in self.parts("page")]
        return "\n".join([self.html(), *plain, *statuses, *pages])

    def html(self) -> str:
        return "\n".join(element.proto.body for element in self.tab.get("html"))

    def parts(self, kind: str) -> list[dict[str, Any]]:
        """What is given to the parts of this kind that follow a story in the browser."""
        given = [json.loads(element.proto.json) for element in self.tab.get("bidi_component")]
        return [data for data in given if data.get("part") == kind]

    def look_until(self, text: str) -> None:
        """Run the page until it shows the text."""

        def seen() -> bool:
            self.tab.run()
            self._sound()
            return text in self.shown()

        wait_for(seen, f"{text!r} on the page")

    def links(self) -> list[PageLink]:
        """To other pages, but for the bar that has all of them."""
        links = [element.proto for element in self.tab.get("page_link")]
        return links[len(PAGES) :]

    def press(self, label: str) -> None:
        next(item for item in self.tab.button if item.label == label).click().run()
        self._sound()

    def told(self, seed: str = SEED, *, tokens: int = 3) -> StoryView:
        """A story of this person whose first passage is written: "t1 t2 t3 "."""
        story = self.client.stories.create(NewStory(request=GenerateRequest(story_seed=seed)))
        self.write(tokens)
        return self.client.stories.read(story.id)

    def write(self, tokens: int = 3) -> None:
        """Write the job that has waited longest."""
        self.actor.claim()
        self.actor.write(tokens)
        self.actor.finish()

    def _sound(self) -> None:
        assert not self.tab.exception, self.tab.exception


def text_of(page: dict[str, Any]) -> str:
    return "".join(text for passage in page["passages"] for text, _ in passage)


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, f"it never came true: {what}"
        time.sleep(0.02)
