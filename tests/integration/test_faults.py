"""What breaks around the workers: Redis restarts, models that are not there, poisoned requests."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx2
import pytest

from tests.integration.conftest import finished, request, submit, tokens_written
from tests.processes import wait_until
from tests.readers import Reading
from tests.stack import Stack, answers

pytestmark = pytest.mark.alone
OUTAGE_SECONDS = 8
"""Long enough for patience to run out: kombu's own pauses would then be 6 s and more."""


def test_cancelled_story_stops_before_its_next_token(stack: Stack) -> None:
    stack.add_worker("canceller")
    job_id = submit(stack, request(5, tokens=600))
    wait_until(lambda: tokens_written(stack, job_id) >= 10, seconds=30, what="under way")
    answer = httpx2.delete(f"{stack.api_url}/v1/jobs/{job_id}").raise_for_status().json()
    assert answer["status"] == "cancelled"
    reading = Reading(stack.api_url, job_id)
    reading.read()
    assert reading.ending == {"event": "cancelled"}
    assert reading.text == answer["text"]
    assert reading.cursor == answer["usage"]["completion_tokens"] < 600
    follower = finished(stack, [submit(stack, request(6, tokens=8))])[0]
    assert follower["status"] == "succeeded"
    stack.terminate("canceller")


def test_prompt_that_does_not_fit_is_refused_alone_with_a_code(stack: Stack) -> None:
    stack.add_worker("strict")
    neighbour = submit(stack, request(8))
    too_long = {**request(9, tokens=900), "story_seed": "狐と灯台" * 480}
    refused = httpx2.post(f"{stack.api_url}/v1/jobs", json=too_long, timeout=20)
    assert (refused.status_code, refused.json()["code"]) == (422, "context_exceeded")
    assert finished(stack, [neighbour])[0]["status"] == "succeeded"
    stack.terminate("strict")


def test_redis_that_was_away_costs_time_and_nothing_else(stack: Stack) -> None:
    body = request(10, tokens=600)
    stack.add_worker("patient")
    expected = finished(stack, [submit(stack, body)])[0]["text"]
    job_id = submit(stack, body)
    reading = Reading(stack.api_url, job_id)
    reader = threading.Thread(target=reading.read)
    reader.start()
    wait_until(lambda: tokens_written(stack, job_id) >= 20, seconds=30, what="under way")
    stack.stop_redis()
    refused = httpx2.post(f"{stack.api_url}/v1/jobs", json=body, timeout=20)
    assert (refused.status_code, refused.json()["code"]) == (503, "store_unavailable")
    assert not answers(f"{stack.api_url}/readyz")
    assert answers(f"{stack.api_url}/healthz")
    time.sleep(OUTAGE_SECONDS)
    stack.start_redis()
    back = time.monotonic()
    newcomer = finished(stack, [submit(stack, request(11, tokens=4))])[0]
    assert newcomer["status"] == "succeeded"
    assert time.monotonic() - back < 5, "nobody took the permit of a new job"
    reader.join(60)
    assert not reader.is_alive()
    assert reading.text == finished(stack, [job_id])[0]["text"] == expected
    assert reading.connections == 1, "the stream stayed open"
    stack.terminate("patient")


@pytest.mark.parametrize("broken", ["missing", "truncated"])
def test_worker_without_a_usable_model_says_so_and_ends(
    stack: Stack, tmp_path: Path, broken: str
) -> None:
    folder = tmp_path / "model"
    if broken == "truncated":
        folder.mkdir()
        (folder / "config.json").write_text('{"model_type": "gpt2"}')
        (folder / "model.safetensors").write_bytes(b"\x10\x00")
    ended = subprocess.run(
        [sys.executable, "-m", "services.worker"],
        env={**os.environ, "REDIS_URL": stack.redis_url, "MODEL": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "model not loaded" in ended.stderr
    assert "Traceback" not in ended.stderr
