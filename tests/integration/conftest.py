"""The stack and the stories that integration tests run."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx2
import pytest

from tests.processes import wait_until
from tests.stack import Stack, running_stack

STORIES = 8
TOKENS = 300


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, endless_model: Path) -> Iterator[Stack]:
    """Redis and an API; each test brings its own workers."""
    folder: Path = tmp_path_factory.mktemp("stack")
    with running_stack(folder, MODEL=str(endless_model)) as running:
        yield running


def request(number: int, *, tokens: int = TOKENS) -> dict[str, object]:
    """The body of a job; the same number is the same story."""
    return {
        "story_seed": f"A lighthouse keeper who counts {number} ships and hears music",
        "controls": {"pov": "first-person" if number % 2 else "third-person"},
        "sampling": {"seed": 1000 + number, "max_new_tokens": tokens, "temperature": 1.0},
    }


def submit(stack: Stack, body: dict[str, object]) -> str:
    answer = httpx2.post(f"{stack.api_url}/v1/jobs", json=body).raise_for_status()
    assert answer.status_code == 202
    job_id: str = answer.json()["id"]
    return job_id


def view(stack: Stack, job_id: str) -> dict[str, object]:
    body: dict[str, object] = (
        httpx2.get(f"{stack.api_url}/v1/jobs/{job_id}").raise_for_status().json()
    )
    return body


def finished(stack: Stack, job_ids: Sequence[str]) -> list[dict[str, object]]:
    """Wait until all jobs have ended; answers their views."""
    ended = {"succeeded", "failed", "cancelled", "expired"}
    wait_until(
        lambda: all(view(stack, job_id)["status"] in ended for job_id in job_ids),
        seconds=90,
        what="all stories ended",
    )
    return [view(stack, job_id) for job_id in job_ids]


def undisturbed(stack: Stack, bodies: Sequence[dict[str, object]]) -> list[dict[str, object]]:
    """What the same requests become when nothing happens to anybody."""
    return finished(stack, [submit(stack, body) for body in bodies])


def tokens_written(stack: Stack, job_id: str) -> int:
    usage = view(stack, job_id)["usage"]
    assert isinstance(usage, dict)
    return int(usage["completion_tokens"])
