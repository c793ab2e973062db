"""Words that take long to be judged hold up whoever sent them, and nobody else."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from services.api import jobs
from services.api.acceptance import job_spec
from shared.jobspec import JobSpec
from shared.schemas import GenerateRequest
from tests.unit.api.acting import Actor

SEED = {"story_seed": "A fox"}
MANY = 50
"""More than the threads that a process has for whatever else would hold up its loop."""


def test_many_that_are_judged_take_no_thread_from_the_database(
    api: str, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, may_end = threading.Semaphore(0), threading.Event()

    def slow(request: GenerateRequest) -> JobSpec:
        begun.release()
        may_end.wait(20)
        return job_spec(request)

    monkeypatch.setattr(jobs, "job_spec", slow)
    with ThreadPoolExecutor(MANY) as callers:
        try:
            asked = [
                callers.submit(httpx2.post, f"{api}/v1/jobs", json=SEED, timeout=30)
                for _ in range(MANY)
            ]
            assert begun.acquire(timeout=10)
            time.sleep(1)  # for all of them to be there
            assert httpx2.get(f"{api}/v1/stories", timeout=5).status_code == 200
            assert not begun.acquire(blocking=False), "one after the other"
        finally:
            may_end.set()
        assert {each.result().status_code for each in asked} == {202}
