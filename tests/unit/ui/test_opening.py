"""What a browser shows before the scripts have come."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient
from streamlit import file_util

from services.ui.opening import ROOT, TITLE, routes
from services.ui.pages import PAGES

BROWSER = TestClient(Starlette(routes=routes()))


@pytest.mark.parametrize(("path", "title"), PAGES.items())
def test_each_page_is_named_before_any_script_runs(path: str, title: str) -> None:
    document = BROWSER.get(f"/{path}")
    assert f"<title>{title} · Once</title>" in document.text
    assert "Opening the writing room" in document.text
    assert document.headers["cache-control"] == "no-cache"


def test_nothing_of_streamlit_s_document_is_lost() -> None:
    theirs = Path(file_util.get_static_dir(), "index.html").read_text(encoding="utf-8")
    assert theirs.count(TITLE) == theirs.count(ROOT) == 1
    before, after = theirs.split(ROOT)
    head, scripts = before.split(TITLE)
    ours = BROWSER.get("/").text
    assert ours.startswith(head)
    assert scripts in ours
    assert ours.endswith(after)
