"""The operator's manual and the guide for contributors name only what is there."""

import re
from pathlib import Path

import pytest

PAGES = [Path("infra/README.md"), Path("CONTRIBUTING.md")]
TARGETS = set(re.findall(r"^([a-z]+):", Path("Makefile").read_text(), re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_paths_and_commands_exist(page: Path) -> None:
    text = page.read_text()
    paths = re.findall(r"\b(?:infra|shared)/[\w./-]*\w", text)
    assert paths
    for path in paths:
        assert Path(path).exists(), path
    named = set(re.findall(r"(?:^|`|&& )make ([a-z]+)", text, re.MULTILINE))
    assert named
    assert named <= TARGETS


def test_every_secret_that_pods_want_is_made_by_the_manual() -> None:
    made = re.findall(r"^once ([a-z]+) ", Path("infra/README.md").read_text(), re.MULTILINE)
    assert made == ["api", "worker", "redis", "postgres"]
