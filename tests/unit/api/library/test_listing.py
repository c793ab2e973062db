"""The list of stories: its order and pages, what it tells of each, and the search in it."""

import pytest

from shared.library import BEGINNING_CHARS, Origin
from tests.unit.api.acting import story
from tests.unit.api.library.test_archive import wait_for_archived
from tests.unit.api.library.writing import ON_SQLITE, SEED, Body, Writer, refusal, seen


def test_pages_hold_every_story_once_last_changed_first(writer: Writer) -> None:
    begun = [writer.begin(title=f"Story {number}") for number in range(5)]
    renamed = writer.http.patch(
        f"/v1/stories/{begun[0].id}", json={"title": "Renamed"}, headers=seen(begun[0])
    )
    assert renamed.status_code == 200
    listed: list[str] = []
    params: dict[str, str] = {"limit": "2"}
    for _ in range(3):
        page = writer.page(**params)
        listed += [story.title for story in page.stories]
        params["cursor"] = page.next_cursor or ""
    assert page.next_cursor is None
    assert listed == ["Renamed", "Story 4", "Story 3", "Story 2", "Story 1"]


def test_list_tells_how_long_a_story_is_and_how_it_begins(
    writer: Writer, database_url: str
) -> None:
    told = writer.told(title="Told", tokens=3)
    wait_for_archived(database_url)
    writer.act(told, told.passages[1].id, "edit", {"text": "Another way"})
    writer.begin(title="Waiting")
    listed = {each.title: each for each in writer.page().stories}
    as_first_told = story(3)
    assert (listed["Told"].passage_count, listed["Told"].beginning) == (3, as_first_told)
    assert (listed["Waiting"].passage_count, listed["Waiting"].beginning) == (2, "")


@pytest.mark.parametrize("text", ["\0\x1a" * BEGINNING_CHARS, "狐" * 3 * BEGINNING_CHARS])
def test_beginning_of_any_text_is_its_first_characters(writer: Writer, text: str) -> None:
    """U+0000 is stored as two characters, and none of them is cut in half."""
    passages = [_imported("a", None, Origin.SEED, SEED), _imported("b", "a", Origin.EDIT, text)]
    file = {"title": "A file", "created_at": 1.0, "passages": passages}
    assert writer.http.post("/v1/stories/import", json=file).status_code == 201
    assert [each.beginning for each in writer.page().stories] == [text[:BEGINNING_CHARS]]


def _imported(id: str, parent_id: str | None, origin: Origin, text: str) -> Body:
    return {
        "id": id,
        "parent_id": parent_id,
        "origin": origin,
        "text": text,
        "story_seed": SEED,
        "controls": {},
        "created_at": 1.0,
    }


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("DRACHE", ["Der Drache"]),
        ("élan", ["Élan vital"]),
        ("jackdaw", ["Der Drache"]),
        ("t2 t3", ["Élan vital"]),
        ("%", ["100 % wahr"]),
        ("_", []),
        ("", ["Élan vital", "100 % wahr", "Der Drache"]),
        ("nothing of it", []),
        ("\0", []),
    ],
)
def test_search_reads_titles_seeds_and_texts(
    writer: Writer, search: str, found: list[str], database_url: str
) -> None:
    writer.begin("A Jackdaw that counts", title="Der Drache")
    writer.write(1)
    writer.begin("A wolf", title="100 % wahr")
    writer.write(1)
    writer.told("An owl", title="Élan vital")
    wait_for_archived(database_url, 3)
    assert writer.titles(search=search) == found


@ON_SQLITE
@pytest.mark.parametrize("cursor", ["x", "", "czEy", "dDE3", "dG5hbiBh", "dDEgICc"])
def test_list_cursor_that_was_never_given(writer: Writer, cursor: str) -> None:
    answer = writer.http.get("/v1/stories", params={"cursor": cursor})
    assert refusal(answer) == (400, "invalid_cursor")
