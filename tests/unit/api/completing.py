"""Callers of `/v1/completions`, whose answer only comes once a worker has written."""

import contextlib
import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import httpx2

from shared.joblog import Claim, commands
from tests.processes import wait_until
from tests.unit.api.acting import Actor

PATH = "/v1/completions"
PROMPT = "Once there was a fox"


def asked(http: httpx2.Client, *, headers: Any = None, **body: Any) -> Future[httpx2.Response]:
    pool = ThreadPoolExecutor(1)
    answer = pool.submit(http.post, PATH, json={"prompt": PROMPT, **body}, headers=headers)
    pool.shutdown(wait=False)
    return answer


def claims(actor: Actor, count: int = 1) -> list[Claim]:
    """Of so many jobs, once they wait, in the order in which they were made."""
    found: list[Claim] = []

    def all_claimed() -> bool:
        claim = actor.claim_if_any()
        found.extend([claim] if claim else [])
        return len(found) == count

    wait_until(all_claimed, seconds=10, what=f"{count} jobs wait")
    return found


def write(actor: Actor, claim: Claim, tokens: int) -> None:
    """All of one that was claimed among others."""
    actor.claimed, actor.written = claim, 0
    actor.write(tokens)
    actor.finish()


def status(actor: Actor, claim: Claim) -> str:
    job = actor.joblog.run(commands.read_job(claim.job_id))
    assert job is not None
    return job.status


@contextlib.contextmanager
def streamed(http: httpx2.Client, **body: Any) -> Iterator[Iterator[str]]:
    """The lines that are not empty and no sign of life."""
    asking = {"prompt": PROMPT, "stream": True, **body}
    with http.stream("POST", PATH, json=asking) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        lines = response.iter_lines()
        yield (line for line in lines if line and not line.startswith(":"))


def chunks(lines: Iterator[str]) -> list[dict[str, Any]]:
    """All, up to the end."""
    *told, end = lines
    assert end == "data: [DONE]"
    return [json.loads(line.removeprefix("data: ")) for line in told]


def text_of(told: list[dict[str, Any]], index: int = 0) -> str:
    choices = [choice for chunk in told for choice in chunk["choices"]]
    return "".join(choice["text"] for choice in choices if choice["index"] == index)
