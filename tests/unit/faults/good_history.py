"""A good history, which every bad one is made of."""

import hashlib
from dataclasses import replace

from tests.faults.records import (
    AcceptedJob,
    CancelAnswer,
    Claimed,
    Delivery,
    Ending,
    History,
    KeyedRequest,
    Occurrence,
    Reading,
    Said,
    Stored,
)

TEXT = "once upon a time"
DONE = '{"finish_reason": "stop"}'
WORDS = ["once", " upon", " a", " time"]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def good() -> History:
    """One job, killed once and finished under its second owner, read by one reader."""
    stored = Stored("succeeded", TEXT, 4, 2, "stop", 101.0, 105.0)
    job = AcceptedJob("a", 0, "anna", 1.0, ended_at=5.0, endings=1, live=stored, archived=stored)
    reading = Reading(
        "a",
        "0",
        [Delivery(2.0 + i, i + 1, 1, word) for i, word in enumerate(WORDS)],
        [(2, sha256("once upon")), (4, sha256(TEXT))],
        [Ending(6.0, "done", DONE), Ending(6.5, "done", DONE, "once_ended=1")],
        let_go_at=7.0,
        connections=5,
    )
    return History(
        7,
        [TEXT],
        {"a": job},
        [reading],
        [Claimed("a", 1, "worker-1-1"), Claimed("a", 2, "worker-2-1")],
        [Occurrence("kill -9 worker", 2.5, 3.0, touches_writing=True)],
        keyed=[KeyedRequest("key", "keyed", ["a", "a"])],
        made={"keyed": 1},
        said=[Said("a", "once upon", is_whole=False), Said("a", TEXT, is_whole=True)],
        jobs_per_key=1,
    )


def cancelled(text: str, tokens: int) -> History:
    history = good()
    stored = Stored("cancelled", text, tokens, 1)
    job = history.jobs["a"]
    job.cancelled, job.live, job.archived = True, stored, stored
    job.cancel_answer = CancelAnswer(4.5, 200, "cancelled")
    history.said.clear()
    del history.readings[0].deliveries[tokens:]
    history.readings[0].endings = [Ending(6.0, "cancelled")]
    return history


def set_live(history: History, **changes: object) -> None:
    job = history.jobs["a"]
    assert job.live is not None
    job.live = job.archived = replace(job.live, **changes)  # type: ignore[arg-type]


def cut_by_deadline(history: History, *, deadline: float | None) -> None:
    history.jobs["a"].deadline = deadline
    set_live(history, text="once upon", tokens=2, finish_reason="deadline")
    history.said.clear()
    del history.readings[0].deliveries[2:]


def expired(history: History, *, deadline: float) -> None:
    history.jobs["a"].deadline = deadline
    set_live(history, status="expired", text="", tokens=0, finish_reason="deadline")
    history.said.clear()
    reading = history.readings[0]
    reading.deliveries, reading.checkpoints = [], []
    reading.endings = [Ending(6.0, "error")]
