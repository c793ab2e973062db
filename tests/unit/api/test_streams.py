"""Every reader of a story is told every token exactly once, then the ending."""

import httpx2

from tests.unit.api.acting import Actor
from tests.unit.api.serving import assert_whole, read_stream, reading


def events(job: str) -> str:
    return f"/v1/jobs/{job}/events"


def test_early_reader_is_told_queue_start_tokens_checkpoint_and_end(
    api: str, job: str, actor: Actor
) -> None:
    with reading(api, job) as reader:
        reader.wait_for("queued")
        actor.claim()
        reader.wait_for("started")
        actor.write(3, checkpoint=True)
        actor.finish()
        told = reader.finish()
    assert told.names() == ["queued", "started", *["token"] * 3, "checkpoint", "done"]
    assert told.of("started") == [{"worker": "w1", "model": "tiny", "attempt": 1}]
    assert told.of("queued")[0]["position"] == 0
    assert_whole(told, 3)


def test_late_reader_receives_earlier_tokens(http: httpx2.Client, job: str, actor: Actor) -> None:
    actor.claim()
    actor.write(700)
    actor.finish()
    assert_whole(read_stream(http, events(job)), 700)
