"""The library page in a real browser: keyboard, files, a narrow screen, hostile words."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Page, expect

from shared.library import FileFormat, StoryView
from tests.e2e.stage import Room

HOSTILE = (
    '<img src="http://127.0.0.1:9/a.png" onerror="document.title=1"> ![x](http://127.0.0.1:9/b.png)'
)
PARENTS = [0, 1, 2, 2, 4, 1, 6, 6, 8, 3, 0, 11, 8]
"""Of a dozen passages with branches, by their places."""


def story_file(title: str, text: str, parents: list[int] = PARENTS) -> dict[str, Any]:
    def passage(place: int, parent: int | None) -> dict[str, Any]:
        return {
            "id": str(place),
            "parent_id": None if parent is None else str(parent),
            "origin": "seed" if parent is None else "edit" if place % 4 == 0 else "model",
            "text": f"{text} {place} ",
            "story_seed": title,
            "controls": {},
            "created_at": 1.0,
        }

    passages = [passage(0, None), *(passage(i, parent) for i, parent in enumerate(parents, 1))]
    return {"title": title, "created_at": 1.0, "passages": passages}


def kept(
    room: Room, title: str = "A fox", text: str = "Once upon", parents: list[int] = PARENTS
) -> StoryView:
    url = f"{room.stack.api_url}/v1/stories/import"
    answer = httpx2.post(url, json=story_file(title, text, parents)).raise_for_status()
    return StoryView.model_validate_json(answer.content)


def open_details(page: Page, room: Room, story: StoryView) -> None:
    page.goto(f"{room.url}/library?story={story.id}")
    expect(page.locator(".once-node")).to_have_count(len(story.passages))


def test_branches_are_links_that_a_keyboard_reaches(page: Page, room: Room) -> None:
    story = kept(room)
    open_details(page, room, story)
    page.get_by_role("navigation", name="Branch picture").focus()
    for passage in story.passages:
        page.keyboard.press("Tab")
        focused = page.locator(".once-node:focus-visible")
        address = f"/?story={story.id}&passage={passage.id}"
        expect(focused).to_have_attribute("href", address)
        assert focused.evaluate("each => getComputedStyle(each).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_url(f"{room.url}{address}")


@pytest.mark.parametrize("form", FileFormat)
def test_download_is_the_services_own_file(page: Page, room: Room, form: FileFormat) -> None:
    story = kept(room, title="Der Fuchs")
    open_details(page, room, story)
    name = {FileFormat.TXT: "Text", FileFormat.MD: "Markdown"}.get(form, form.upper())
    with page.expect_download() as started:
        page.get_by_role("button", name=name, exact=True).click()
    assert started.value.suggested_filename == f"Der-Fuchs.{form}"
    url = f"{room.stack.api_url}/v1/stories/{story.id}/export?format={form}"
    assert started.value.path().read_bytes() == httpx2.get(url).content


def test_uploaded_story_opens(page: Page, room: Room, tmp_path: Path) -> None:
    file = tmp_path / "story.json"
    file.write_text(json.dumps(story_file("From a file", "Once")))
    page.goto(f"{room.url}/library")
    page.get_by_text("Import a story").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("heading", name="From a file")).to_be_visible()
    page.reload()
    expect(page.locator(".once-node")).to_have_count(len(PARENTS) + 1)
    page.get_by_role("button", name="All stories").click()
    expect(page.get_by_role("heading", name="From a file")).to_have_count(1)


def test_back_leads_from_the_details_to_the_list(page: Page, room: Room) -> None:
    story = kept(room, title="The way back")
    page.goto(f"{room.url}/library")
    page.locator(f".st-key-details-{story.id}").get_by_role("button").click()
    expect(page.locator(".once-node")).to_have_count(len(PARENTS) + 1)
    page.go_back()
    expect(page.get_by_label("Search")).to_be_visible()


def test_hostile_words_are_shown_and_never_obeyed(page: Page, room: Room) -> None:
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url))
    story = kept(room, title=HOSTILE, text=HOSTILE)
    page.goto(f"{room.url}/library")
    expect(page.get_by_role("heading", name=HOSTILE, exact=True)).to_be_visible()
    open_details(page, room, story)
    page.get_by_text("The same branches as a list").click()
    expect(page.locator(".once-outline a")).to_have_count(len(story.passages))
    page.get_by_role("button", name="Delete").click()
    expect(page.locator(".once-undo")).to_contain_text(HOSTILE)
    assert page.title() != "1"
    assert not [url for url in outside if "127.0.0.1:9/" in url]


def test_a_phone_scrolls_the_picture_and_not_the_page(page: Page, room: Room) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    open_details(page, room, kept(room))
    page.locator(".once-node").first.scroll_into_view_if_needed()
    expect(page.locator(".once-node").first).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    picture = page.locator(".once-tree")
    assert picture.evaluate("each => each.scrollWidth > each.clientWidth")


def test_a_long_story_scrolls_within_its_picture(page: Page, room: Room) -> None:
    story = kept(room, parents=list(range(300)))
    open_details(page, room, story)
    picture = page.get_by_role("navigation", name="Branch picture")
    expect(page.get_by_role("button", name="Rename")).to_be_in_viewport()
    assert picture.evaluate("each => each.clientHeight") <= 900 * 0.7
    page.get_by_role("button", name="Rename").focus()
    page.keyboard.press("Tab")
    expect(picture).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".once-node").last).to_be_in_viewport()


def test_one_step_back_from_a_story_is_the_list_again(page: Page, room: Room) -> None:
    kept(room, "A hen")
    page.goto(f"{room.url}/library")
    page.get_by_role("link", name="Open →").first.click()
    expect(page.get_by_role("textbox", name="Title")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Library")).to_be_visible()
    assert "story=" not in page.url
