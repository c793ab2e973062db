"""What a stream does while nothing is to be told, and about a reader who takes nothing."""

import httpx2
import pytest
from structlog.testing import capture_logs

from services.api import streams
from shared.joblog import commands
from tests.processes import wait_until
from tests.unit.api.acting import MODEL, Actor, token
from tests.unit.api.serving import events_path, stalled_reader


def test_silent_stream_shows_that_it_lives(
    http: httpx2.Client, job: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a gateway that sees nothing for its time-out cuts it."""
    monkeypatch.setattr(streams, "PING_SECONDS", 1)
    with http.stream("GET", events_path(job), timeout=10) as answer:
        lines = answer.iter_lines()
        assert next(lines) == "event: queued", "at once: proxies hold back headers till then"
        assert next(line for line in lines if line.startswith(":")).startswith(": ping")


def test_reader_who_takes_nothing_is_let_go(
    api: str, job: str, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "PING_SECONDS", 1)
    monkeypatch.setattr(streams, "SEND_SECONDS", 0.5)
    claim = actor.claim()
    # More than the buffers of both sockets hold.
    for index in range(1, 201):
        big = token(index).model_copy(update={"text": "x" * 60_000})
        actor.joblog.run(commands.append(job, claim.epoch, big, model=MODEL))
    with capture_logs() as logs, stalled_reader(api, job):
        wait_until(
            lambda: any(str(each["event"]).startswith("reader dropped") for each in logs),
            seconds=10,
            what="the reader is dropped",
        )
