"""What a service writes to its log, by a process of its own: logging is set up once for all."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.tracing import trace_id_of

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SCRIPT = f"""
import logging, structlog, sys, threading
from opentelemetry import context
from shared.logs import configure_logging
from shared.settings import ObservedSettings
from shared.tracing import context_of
configure_logging(ObservedSettings(), service="teller")
log = structlog.get_logger()
log.debug("too fine")
log.info("a story begins", tokens=3)
logging.getLogger("library").warning("from a library: %s", "ä")
thread = threading.Thread(target=lambda: log.warning("from a thread"))
thread.start()
thread.join()
token = context.attach(context_of("{TRACEPARENT}"))
log.info("of a request")
log.info("of a story", trace_id="its own")
context.detach(token)
try:
    1 / 0
except ZeroDivisionError:
    log.exception("it failed")
print("alive")
"""


def told(*, stderr: int = subprocess.PIPE, **settings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={**os.environ, **settings},
        stdout=subprocess.PIPE,
        stderr=stderr,
        text=True,
        timeout=60,
        check=True,
    )


@pytest.fixture(scope="module")
def lines() -> dict[str, dict[str, Any]]:
    """By their event."""
    every = [json.loads(line) for line in told(LOG_FORMAT="json").stderr.splitlines()]
    return {line["event"]: line for line in every}


def test_each_line_says_who_when_and_how_grave(lines: dict[str, dict[str, Any]]) -> None:
    begun = lines["a story begins"]
    assert (begun["service"], begun["level"], begun["tokens"]) == ("teller", "info", 3)
    assert begun["timestamp"].endswith("Z")
    assert lines["from a library: ä"]["level"] == "warning"
    assert {line["service"] for line in lines.values()} == {"teller"}
    assert "from a thread" in lines
    assert "too fine" not in lines


def test_a_line_names_the_trace_it_belongs_to(lines: dict[str, dict[str, Any]]) -> None:
    assert lines["of a request"]["trace_id"] == trace_id_of(TRACEPARENT)
    assert lines["of a story"]["trace_id"] == "its own"
    assert "trace_id" not in lines["a story begins"]


def test_a_failure_is_one_line_with_its_traceback(lines: dict[str, dict[str, Any]]) -> None:
    failed = lines["it failed"]
    assert failed["level"] == "error"
    assert "ZeroDivisionError: division by zero" in failed["exception"]


def test_people_get_text_and_as_much_as_they_ask_for() -> None:
    written = told(LOG_FORMAT="console", LOG_LEVEL="warning").stderr
    assert "from a library: ä" in written
    assert "a story begins" not in written
    assert "\x1b" not in written, "no colours for a file"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has it")
def test_a_full_disk_ends_nobody_who_logs() -> None:
    with Path("/dev/full").open("w") as full:
        assert told(stderr=full.fileno()).stdout == "alive\n"
