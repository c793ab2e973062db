"""One key's flood of sagas, newcomers who want a paragraph, a real worker: no byte changes."""

import contextlib
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from redis.client import PubSub

from shared.connections import connect
from shared.events import StartedEvent, TokenEvent, parse_message
from shared.joblog import Command, JobLog, commands, keys
from tests.integration.conftest import request
from tests.processes import wait_until
from tests.readers import Reading
from tests.stack import Stack

_log = logging.getLogger(__name__)
pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]
FLOOD = 500
SAGA, PARAGRAPH = 400, 40
SLOTS, QUANTUM = 4, 32
NEWCOMERS = 8
ACCEPTED = "accepted"
"""A channel."""


@pytest.fixture
def joblog(stack: Stack) -> Iterator[JobLog]:
    client = connect(stack.redis_url)
    yield JobLog(client)
    client.close()


def ask(stack: Stack, key: str, number: int, tokens: int) -> str:
    """Without constraints, so that no token waits for the next ones of its word."""
    answer = httpx2.post(
        f"{stack.api_url}/v1/jobs",
        json={**request(number, tokens=tokens), "controls": {"constraints": []}},
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code == httpx2.codes.ACCEPTED
    job_id: str = answer.json()["id"]
    return job_id


def first_token(stack: Stack, key: str, job_id: str) -> Reading:
    """The reader has just seen it."""
    reading = Reading(stack.api_url, job_id, key=key)
    while reading.cursor == 0:
        reading.read(most_events=3)  # each connection is told first where the story stands
    return reading


def told(stack: Stack, key: str, job_id: str) -> Reading:
    reading = Reading(stack.api_url, job_id, key=key)
    reading.read()
    return reading


def is_full(stack: Stack) -> bool:
    (worker,) = httpx2.get(f"{stack.api_url}/v1/workers").json()["workers"]
    return bool(worker["running"] == SLOTS)


def test_newcomers_wait_for_one_quantum_of_the_flood_and_the_flood_tells_the_same(
    stack: Stack, joblog: JobLog
) -> None:
    stack.add_worker("only", SLOTS=str(SLOTS), QUANTUM=str(QUANTUM))
    saga = told(stack, "quiet", ask(stack, "quiet", 0, SAGA))
    expected = {}
    for number in range(1, NEWCOMERS + 1):
        asked = time.perf_counter()
        reading = first_token(stack, "idle", ask(stack, "idle", number, PARAGRAPH))
        _log.info("first token after %.3f s, alone", time.perf_counter() - asked)
        reading.read()
        expected[number] = reading.text

    with ThreadPoolExecutor(8) as threads:
        sagas = list(threads.map(lambda _: ask(stack, "flood", 0, SAGA), range(FLOOD)))
    wait_until(lambda: is_full(stack), seconds=10, what="every slot is in use")
    assert httpx2.get(f"{stack.api_url}/v1/queue").json()["depth"]["interactive"] > FLOOD / 2
    for number, text in expected.items():
        asked = time.perf_counter()
        with listening(stack) as heard:
            job_id = ask(stack, f"new-{number}", number, PARAGRAPH)
            joblog.run(Command(("PUBLISH", ACCEPTED, job_id), int))
            meanwhile = tokens_before(heard, job_id)
        reading = first_token(stack, f"new-{number}", job_id)
        _log.info(
            "first token after %.3f s and %d tokens of the flood, of which a quantum is %d",
            time.perf_counter() - asked,
            meanwhile,
            SLOTS * QUANTUM,
        )
        assert meanwhile <= SLOTS * QUANTUM
        reading.read()
        assert reading.text == text

    moved = [job_id for job_id in sagas if epoch(joblog, job_id) > 1]
    assert moved, "none made room"
    for job_id in moved[:3]:
        reading = told(stack, "flood", job_id)
        assert reading.text == saga.text
        assert "resumed" not in reading.events
    stack.terminate("only")


@contextlib.contextmanager
def listening(stack: Stack) -> Iterator[PubSub]:
    """To all that Redis publishes from now on, in the one order in which it happens."""
    with connect(stack.redis_url) as client, client.pubsub() as heard:
        heard.psubscribe(keys.job("*"), ACCEPTED)
        for _ in range(2):
            heard.get_message(timeout=10)
        yield heard


def tokens_before(heard: PubSub, job_id: str) -> int:
    """Written of all other stories after the job was accepted and before it began."""
    tokens, is_accepted, has_begun = 0, False, False
    while not (is_accepted and has_begun):
        message = heard.get_message(timeout=30)
        assert message is not None, "its turn never came"
        if message["channel"] == ACCEPTED:
            is_accepted = True
            continue
        for event in parse_message(message["data"]):
            if message["channel"] == keys.job(job_id):
                has_begun |= isinstance(event, StartedEvent)
            elif is_accepted and not has_begun and isinstance(event, TokenEvent):
                tokens += len(event.ids)
    return tokens


def epoch(joblog: JobLog, job_id: str) -> int:
    job = joblog.run(commands.read_job(job_id))
    assert job is not None
    assert job.attempts <= 1
    return job.epoch
