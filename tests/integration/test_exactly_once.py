"""The promise: whatever dies, every reader gets every token once, and the same story."""

import hashlib
import random
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.integration.conftest import (
    STORIES,
    finished,
    request,
    submit,
    tokens_written,
    undisturbed,
    view,
)
from tests.processes import wait_until
from tests.readers import Reading
from tests.stack import UNHURRIED, Stack, running_stack

pytestmark = pytest.mark.alone
READERS_PER_STORY = 3


def sha(text: object) -> str:
    return hashlib.sha256(str(text).encode()).hexdigest()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, endless_model: Path) -> Iterator[Stack]:
    """Redis and an API; its workers can be slowed down, to be killed in the middle of a story."""
    folder = tmp_path_factory.mktemp("stack")
    with running_stack(folder, worker_module=UNHURRIED, MODEL=str(endless_model)) as running:
        yield running


def test_readers_that_cut_off_and_a_killed_worker_change_no_byte(stack: Stack) -> None:
    bodies = [request(number) for number in range(STORIES)]
    stack.add_worker("first")
    expected = [sha(job["text"]) for job in undisturbed(stack, bodies)]
    stack.add_worker("second")

    readers = STORIES * READERS_PER_STORY
    with ThreadPoolExecutor(readers) as threads:
        with stack.slowly():
            ids = [submit(stack, body) for body in bodies]
            readings = [Reading(stack.api_url, ids[n % STORIES]) for n in range(readers)]
            reads = [
                threads.submit(reading.read_with_cuts, random.Random(number))
                for number, reading in enumerate(readings)
            ]
            stack.kill(owner_of(stack, ids[-1]))
        for read in reads:
            read.result(timeout=90)

    stored = finished(stack, ids)
    assert [sha(job["text"]) for job in stored] == expected
    by_id = {job["id"]: job for job in stored}
    for reading in readings:
        assert sha(reading.text) == sha(by_id[reading.job_id]["text"])
        assert reading.ending is not None
        assert reading.ending["event"] == "done"
    assert any(job["attempts"] == 2 for job in stored), "the kill hit nobody"
    assert all(reading.connections > 1 for reading in readings), "nobody was cut off"
    for name in stack.live_workers():
        stack.terminate(name)


def owner_of(stack: Stack, job_id: str) -> str:
    """The worker that writes the story now, in mid-story, as its first event tells."""
    reading = Reading(stack.api_url, job_id)
    wait_until(lambda: tokens_written(stack, job_id) >= 5, seconds=30, what="under way")
    reading.read(most_events=1)
    assert reading.worker is not None
    return reading.worker


def test_killed_story_goes_on_elsewhere_within_five_seconds(stack: Stack) -> None:
    body = request(77, tokens=400)
    stack.add_workers("third", "fourth")
    expected = undisturbed(stack, [body])[0]["text"]

    with stack.slowly():
        job_id = submit(stack, body)
        reading = Reading(stack.api_url, job_id)
        owner = owner_of(stack, job_id)
        stack.kill(owner)
    before = tokens_written(stack, job_id)
    killed = time.monotonic()
    wait_until(lambda: tokens_written(stack, job_id) > before, seconds=10, what="taken over")
    recovery = time.monotonic() - killed
    reading.read()
    assert reading.text == expected
    assert recovery <= 5.0
    assert view(stack, job_id)["attempts"] == 2
    for name in {"third", "fourth"} - {owner}:
        stack.terminate(name)


def test_terminated_worker_gives_its_story_back_at_once(stack: Stack) -> None:
    body = request(78, tokens=400)
    stack.add_worker("leaver")
    expected = undisturbed(stack, [body])[0]["text"]
    with stack.slowly():
        job_id = submit(stack, body)
        wait_until(lambda: tokens_written(stack, job_id) >= 20, seconds=30, what="under way")
        asked = time.monotonic()
        stack.terminate("leaver")
        wait_until(lambda: view(stack, job_id)["status"] == "queued", seconds=5, what="given back")
        assert time.monotonic() - asked <= 1.0
    assert stack.workers["leaver"].wait(5) == 0
    assert "leaver" not in stack.live_workers()
    stack.add_worker("successor")
    assert finished(stack, [job_id])[0]["text"] == expected
    stack.terminate("successor")
