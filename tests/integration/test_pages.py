"""Every block of code in README.md and docs/ does what it should when a reader pastes it."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.client import Client
from tests.composition import resolve
from tests.integration.pages import PAGES, Block, Desk, blocks
from tests.integration.up import Up

RUN = {"sh", "python"}
SHOWN = {"", "text"}
"""Pictures made of letters, and what a program prints."""
CODE = [block for block in blocks() if block.language in RUN]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with Up(tmp_path_factory.mktemp("service")).running() as up:
        yield Desk(tmp_path_factory.mktemp("desk"), up.api_url)


def test_there_is_no_other_kind_of_block() -> None:
    assert CODE
    assert {block.language for block in blocks()} <= RUN | SHOWN


@pytest.mark.parametrize("block", CODE, ids=str)
def test_a_block_runs(desk: Desk, block: Block) -> None:
    desk.run(block)
    if "var/broken.txt" in block.text:
        _assert_broke_a_story(desk)
    for call in _calls(desk):
        _assert_makes_sense(call)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", text):
        assert (page.parent / target).exists(), target


def _assert_broke_a_story(desk: Desk) -> None:
    """In its middle: who is killed once it has ended proves nothing."""
    with Client(desk.api_url) as client:
        story = client.jobs.page(limit=1).jobs[0]
    assert story.attempts == 2
    assert [0 < each.tokens < story.usage.completion_tokens for each in story.pickups] == [True]


def _calls(desk: Desk) -> list[list[str]]:
    """Of docker and kubectl, by the block just run."""
    if not desk.calls.exists():
        return []
    text = desk.calls.read_text(encoding="utf-8")
    desk.calls.unlink()
    return [line.split("\t") for line in text.splitlines()]


def _assert_makes_sense(call: list[str]) -> None:
    """As far as that can be told without a container engine and a cluster."""
    if call[0] == "kubectl":
        for option, value in itertools.pairwise(call):
            if option in {"--kustomize", "--filename"}:
                assert Path(value).exists(), value
        return
    assert call[1] == "compose"
    for option, value in itertools.pairwise(call):
        if option == "--scale":
            assert value.partition("=")[0] in resolve().services
