"""A story as a file to keep."""

import html
import zipfile
from pathlib import Path

from playwright.sync_api import Page

from tests.e2e.acts import press, text_of, told
from tests.e2e.stage import Room
from tests.unit.api.library.test_epubcheck import EPUBCHECK, examined


def test_story_is_saved_as_a_book(page: Page, room: Room, tmp_path: Path) -> None:
    story = told(room.client)
    page.goto(f"{room.url}/library?story={story.id}")
    with page.expect_download() as downloading:
        press(page, "EPUB")
    assert downloading.value.suggested_filename.endswith(".epub")
    book = tmp_path / "story.epub"
    downloading.value.save_as(book)
    assert_is_book(book, text_of(story))
    if EPUBCHECK is not None:
        assert examined(book.read_bytes(), tmp_path) == []


def assert_is_book(book: Path, text: str) -> None:
    with zipfile.ZipFile(book) as archive:
        assert archive.testzip() is None
        first = archive.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert archive.read("mimetype") == b"application/epub+zip"
        assert "META-INF/container.xml" in archive.namelist()
        pages = [name for name in archive.namelist() if name.endswith(".xhtml")]
        content = "".join(archive.read(name).decode() for name in pages)
    assert html.escape(text.split()[0]) in content
