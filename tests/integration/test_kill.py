"""A worker that is ended on request, in development: real processes, one of which really dies."""

import signal
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from shared.connections import connect
from shared.joblog import Command, JobLog, kills
from tests.integration.conftest import finished, request, submit, undisturbed
from tests.integration.test_exactly_once import owner_of
from tests.processes import wait_until
from tests.readers import Reading
from tests.stack import Stack, running_stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, endless_model: Path) -> Iterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("stack")
    with running_stack(folder, MODEL=str(endless_model), DEVELOPMENT="true") as running:
        yield running


@pytest.fixture
def joblog(stack: Stack) -> Iterator[JobLog]:
    client = connect(stack.redis_url)
    yield JobLog(client)
    client.close()


def kill(stack: Stack, name: str) -> None:
    headers = {"X-Requested-By": "a test"}
    answer = httpx2.post(f"{stack.api_url}/v1/workers/{name}/kill", headers=headers)
    assert (answer.status_code, answer.json()["id"]) == (202, name)


def expiry(joblog: JobLog, name: str) -> float:
    """Until when the worker counts as alive; later with every heartbeat."""
    return joblog.run(Command(("ZSCORE", "workers:expiry", name), float))


def wait_for_beats(joblog: JobLog, name: str, count: int) -> None:
    for _ in range(count):
        last = expiry(joblog, name)
        wait_until(lambda since=last: expiry(joblog, name) > since, seconds=10, what="a beat")  # type: ignore[misc]


def test_story_of_a_worker_killed_on_request_is_finished_by_another(stack: Stack) -> None:
    body = request(21, tokens=400)
    stack.add_workers("one", "two")
    expected = undisturbed(stack, [body])[0]["text"]
    # An order lies until the next heartbeat, and alone a story could have ended by then.
    for number in range(30, 54):
        submit(stack, request(number, tokens=400))
    job_id = submit(stack, body)
    owner = owner_of(stack, job_id)
    kill(stack, owner)
    assert stack.workers[owner].wait(10) == -signal.SIGKILL
    reading = Reading(stack.api_url, job_id)
    reading.read()
    (job,) = finished(stack, [job_id])
    assert reading.text == job["text"] == expected
    assert job["attempts"] == 2
    verified = httpx2.post(f"{stack.api_url}/v1/jobs/{job_id}/verify", timeout=70)
    assert verified.raise_for_status().json()["is_identical"] is True
    stack.terminate("two" if owner == "one" else "one")


def test_killed_worker_comes_back_under_its_name_and_lives(stack: Stack) -> None:
    stack.add_worker("phoenix")
    kill(stack, "phoenix")
    assert stack.workers["phoenix"].wait(10) == -signal.SIGKILL
    stack.add_worker("phoenix")
    assert finished(stack, [submit(stack, request(22, tokens=40))])[0]["status"] == "succeeded"
    assert stack.workers["phoenix"].poll() is None
    stack.terminate("phoenix")


def test_worker_that_is_not_in_development_takes_no_such_order(
    stack: Stack, joblog: JobLog
) -> None:
    stack.add_worker("deaf", DEVELOPMENT="false")
    kill(stack, "deaf")
    wait_for_beats(joblog, "deaf", 2)
    assert joblog.run(kills.take("deaf")), "the order lies where it was put"
    assert stack.workers["deaf"].poll() is None
    stack.terminate("deaf")
