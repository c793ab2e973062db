"""What holds for every reader of a story, whatever breaks. Pure."""

import hashlib
from collections.abc import Iterator
from itertools import pairwise

from tests.faults.excuses import is_forgotten, is_forgotten_between
from tests.faults.records import History, Reading

EVENT_OF = {"succeeded": "done", "failed": "error", "cancelled": "cancelled", "expired": "error"}


def readers_miss_and_repeat_nothing(history: History) -> Iterator[str]:
    for reading in history.readings:
        cursor = 0
        for delivery in reading.deliveries:
            start = delivery.index - delivery.count
            if start != cursor:
                kind = "gap" if start > cursor else "repeat"
                yield f"{_name(reading)}: {kind} at token {cursor}, was told {start + 1}"
                break
            cursor = delivery.index


def readers_read_what_is_stored(history: History) -> Iterator[str]:
    """A story that an emptied Redis begins anew may be cut before it has come as far again as its
    readers had; they have read more of the same story than is kept.
    """
    for reading in history.readings:
        job = history.jobs[reading.job_id]
        if job.live is None or not reading.endings:
            continue
        expected = job.live.text
        if job.live.is_cut and is_forgotten(history, job):
            expected = history.undisturbed[job.story][: len(reading.text)]
        if reading.text != expected:
            yield f"{_name(reading)} read {len(reading.text)} of {len(job.live.text)} characters"


def readers_hear_one_ending(history: History) -> Iterator[str]:
    """However often they come back for it."""
    for reading in history.readings:
        job = history.jobs[reading.job_id]
        expected = EVENT_OF.get(job.live.status) if job.live else None
        told = {(ending.kind, ending.said) for ending in reading.endings}
        if {kind for kind, _ in told} != {expected}:
            yield f"{_name(reading)} heard {sorted(told)} of a job with {expected}"
        elif len(told) > 1:
            yield f"{_name(reading)} heard different endings: {sorted(told)}"


def nothing_follows_an_ending(history: History) -> Iterator[str]:
    for reading in history.readings:
        for event in reading.afterwards:
            yield f"{_name(reading)} heard {event} after the ending"


def readers_are_let_go(history: History) -> Iterator[str]:
    """The first stream that begins at the ending tells it, and says so with a cookie; whoever has
    heard that one is answered 204, unless Redis had forgotten the job and it was written anew.
    """
    for reading in history.readings:
        if reading.let_go_at is None:
            yield f"{_name(reading)} was never told that there is no more"
            continue
        for told, again in pairwise(reading.endings):
            if told.cookie and not is_forgotten_between(history, told.at, again.at):
                yield f"{_name(reading)} was told the ending again instead of being let go"


def checkpoints_prove_the_text(history: History) -> Iterator[str]:
    for reading in history.readings:
        text = {0: ""}
        for delivery in reading.deliveries:
            text[delivery.index] = text[max(text)] + delivery.text
        for index, sha256 in reading.checkpoints:
            if index in text and hashlib.sha256(text[index].encode()).hexdigest() != sha256:
                yield f"{_name(reading)}: the text up to {index} is not what its checkpoint says"


def nobody_is_surprised(history: History) -> Iterator[str]:
    yield from history.surprises
    for reading in history.readings:
        for surprise in reading.surprises:
            yield f"{_name(reading)}: {surprise}"


def _name(reading: Reading) -> str:
    return f"{reading.job_id} reader {reading.reader}"
