"""`make up` as a user meets it: the bundled model, one command, Ctrl-C."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.integration.conftest import request
from tests.integration.up import Up
from tests.processes import wait_until
from tests.stack import answers


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    with Up(tmp_path_factory.mktemp("up")).running() as running:
        yield running


def body(number: int) -> dict[str, object]:
    return {**request(number), "sampling": {"seed": number}}


def test_three_addresses_are_printed_and_answer(up: Up) -> None:
    page, api = f"http://127.0.0.1:{up.ui_port}", up.api_url
    assert page in up.said()
    assert api in up.said()
    assert "redis://127.0.0.1:" in up.said()
    assert answers(page)
    assert answers(f"{api}/readyz")
    assert answers(f"{api}/docs")


def test_bundled_model_tells_the_same_story_to_api_and_terminal(up: Up) -> None:
    story = up.generate(body(3))
    assert story["status"] == "succeeded"
    text = str(story["text"])
    assert len(text.split()) >= 20
    # fmt: off
    terminal = subprocess.run(
        [sys.executable, "-m", "services.ui.terminal", "write", str(body(3)["story_seed"]),
         "--pov", "first-person", "--seed", "3", "--api-url", up.api_url],
        capture_output=True, text=True, timeout=60, check=True,
    )
    # fmt: on
    assert terminal.stdout.strip() == text.strip()


def test_worker_can_be_killed_on_request(up: Up) -> None:
    queue = httpx2.get(f"{up.api_url}/v1/queue").raise_for_status().json()
    assert queue["can_kill"] is True


def test_killed_only_worker_is_started_again_and_finishes_its_story(up: Up) -> None:
    whole = up.generate(body(4))
    job = httpx2.post(f"{up.api_url}/v1/jobs", json=body(4)).raise_for_status().json()
    up.processes()["services.worker"].send_signal(signal.SIGKILL)
    ended = httpx2.get(
        f"{up.api_url}/v1/jobs/{job['id']}", params={"wait": 50}, timeout=60
    ).raise_for_status()
    assert ended.json()["status"] == "succeeded"
    assert ended.json()["text"] == whole["text"]
    told = "worker had ended and was started again"
    wait_until(lambda: told in up.said(), seconds=20, what="the supervisor says so")


def test_ctrl_c_ends_every_process_and_a_second_start_keeps_the_stories(tmp_path: Path) -> None:
    first = Up(tmp_path)
    with first.running() as up:
        story = up.generate(body(5))
        children = list(up.processes().values())
        assert len(children) == 4
        assert up.child is not None
        up.child.send_signal(signal.SIGINT)
        assert up.child.wait(30) == 0
    assert not any(child.is_running() for child in children)
    first.log.unlink()
    with first.running() as again:
        job = httpx2.get(f"{again.api_url}/v1/jobs/{story['id']}").raise_for_status().json()
    assert job["text"] == story["text"]
