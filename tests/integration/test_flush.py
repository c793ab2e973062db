"""Redis loses everything in mid-run: what was accepted is written, and no reader sees a seam."""

import threading

from shared.connections import connect
from tests.integration.conftest import (
    finished,
    request,
    submit,
    tokens_written,
    undisturbed,
)
from tests.processes import wait_until
from tests.readers import Reading
from tests.stack import Stack


def test_redis_that_forgets_everything_twice_changes_no_byte(stack: Stack) -> None:
    bodies = [request(number, tokens=150) for number in range(40, 44)]
    stack.add_worker("constant")
    expected = [job["text"] for job in undisturbed(stack, bodies)]
    ids = [submit(stack, body) for body in bodies]
    readings = [Reading(stack.api_url, job_id) for job_id in ids]
    readers = [threading.Thread(target=reading.read) for reading in readings]
    for reader in readers:
        reader.start()
    client = connect(stack.redis_url)
    for tokens in (30, 60):
        wait_until(
            lambda least=tokens: min(tokens_written(stack, job_id) for job_id in ids) >= least,  # type: ignore[misc]
            seconds=60,
            what="under way",
        )
        client.flushall()
    client.close()
    for reader in readers:
        reader.join(90)
        assert not reader.is_alive()
    assert [job["text"] for job in finished(stack, ids)] == expected
    for reading, text in zip(readings, expected, strict=True):
        assert (reading.text, reading.connections) == (text, 1)
        assert reading.ending is not None
        assert reading.ending["event"] == "done"
    stack.terminate("constant")
