"""`python -m services.api.keys`, as an operator runs it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from infra.local.up import UpSettings, environment
from tests.unit.api.serving import sqlite_url


@pytest.fixture
def library(tmp_path: Path) -> str:
    return sqlite_url(tmp_path)


def keys(library: str, *words: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "DATABASE_URL": library, "NO_COLOR": "1"}
    command = [sys.executable, "-m", "services.api.keys", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=60)


def test_key_is_shown_once_and_alone_so_that_it_can_be_piped(library: str) -> None:
    made = keys(library, "create", "Anna's app", "--scope", "read", "--days", "90")
    assert re.fullmatch(r"once_[0-9a-f]{64}\n", made.stdout), made.stderr
    listed = keys(library, "list").stdout
    assert made.stdout.strip() not in made.stderr + listed
    (line,) = listed.splitlines()
    assert re.search(r"until \d{4}-\d\d-\d\d +read +\"Anna's app\"", line)


def test_key_is_kept_where_make_up_looks_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATA_DIR", str(tmp_path / "elsewhere"))
    assert keys("", "create", "anna").returncode == 0
    looked_in = environment(UpSettings(), "redis://127.0.0.1:6379/0")["DATABASE_URL"]
    assert "'anna'" in keys(looked_in, "list").stdout


def test_revoked_key_is_listed_as_such(library: str) -> None:
    keys(library, "create", "anna", "--tenant", "a family")
    key_id, state, scopes, *_ = keys(library, "list").stdout.split()
    assert (state, scopes) == ("valid", "read,write")
    assert keys(library, "revoke", key_id).stdout == "'anna' is revoked.\n"
    assert keys(library, "list").stdout.split()[1] == "revoked"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("revoke", "nothing"), "There is no key 'nothing'"),
        (("create", "writing room"), "UI_API_KEY"),
        (("create", "x", "--scope", "everything"), "'everything' is not one of"),
        (("create", "x", "--tenant", "x" * 129), "128 characters at most"),
        (("create", " "), "more than blanks"),
        (("create", " ", "--tenant", "x"), "more than blanks"),
        (("create", "x", "--tenant", " "), "more than blanks"),
        (("create", "x", "--tenant", ""), "more than blanks"),
    ],
)
def test_what_cannot_be_done_is_said(library: str, words: tuple[str, ...], said: str) -> None:
    ended = keys(library, *words)
    assert ended.returncode != 0
    assert said in " ".join(ended.stderr.replace("│", " ").split())
    assert "Traceback" not in ended.stderr


def test_database_that_is_away_is_said() -> None:
    ended = keys("postgresql://once@127.0.0.1:9/once", "list")
    assert ended.returncode == 1
    assert "does not answer" in ended.stderr
    assert "Traceback" not in ended.stderr
