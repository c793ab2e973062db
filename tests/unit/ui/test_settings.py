"""Where the UI looks for the API, and what is said of settings that cannot be."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.ui.settings import UiSettings


@pytest.fixture(autouse=True)
def no_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("API_URL", "API_PORT"):
        monkeypatch.delenv(name, raising=False)


def test_the_api_is_where_its_port_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(UiSettings().api_url) == "http://127.0.0.1:8000/"
    (tmp_path / ".env").write_text("API_PORT=8200\n")
    assert str(UiSettings().api_url) == "http://127.0.0.1:8200/"
    monkeypatch.setenv("API_PORT", "8300")
    assert str(UiSettings().api_url) == "http://127.0.0.1:8300/"
    monkeypatch.setenv("API_URL", "http://elsewhere:9")
    assert str(UiSettings().api_url) == "http://elsewhere:9/"


def test_bad_settings_keep_the_page_from_starting() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "services.ui"],
        env={**os.environ, "API_PORT": "many", "UI_PORT": "70000"},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (2, "")
    assert sorted(ended.stderr.splitlines()) == [
        "API_PORT must be a whole number",
        "UI_PORT must be at most 65535",
    ]
