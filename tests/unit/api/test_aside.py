"""Words that take long to be judged hold up whoever sent them, and nobody else."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import anyio
import httpx2
import pytest

from services.api import jobs
from services.api.acceptance import job_spec
from services.api.aside import Aside
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

    came, run = threading.Semaphore(0), Aside.run

    async def announced(
        aside: Aside, of: str, work: Callable[[GenerateRequest], JobSpec], request: GenerateRequest
    ) -> JobSpec:
        came.release()
        return await run(aside, of, work, request)

    monkeypatch.setattr(Aside, "run", announced)
    monkeypatch.setattr(jobs, "job_spec", slow)
    with ThreadPoolExecutor(MANY) as callers:
        try:
            asked = [
                callers.submit(httpx2.post, f"{api}/v1/jobs", json=SEED, timeout=30)
                for _ in range(MANY)
            ]
            assert begun.acquire(timeout=10)
            for _ in range(MANY):
                assert came.acquire(timeout=20)
            assert httpx2.get(f"{api}/v1/stories", timeout=5).status_code == 200
            assert not begun.acquire(blocking=False), "one after the other"
        finally:
            may_end.set()
        assert {each.result().status_code for each in asked} == {202}


async def test_whoever_has_much_to_be_judged_lets_everybody_else_go_first() -> None:
    aside, may_end, judged = Aside(), threading.Event(), list[str]()

    def judge(of: str) -> None:
        may_end.wait(10)
        judged.append(of)

    async with anyio.create_task_group() as callers:
        for of in ("much", "much", "much", "little"):
            callers.start_soon(aside.run, of, judge, of)
        await anyio.wait_all_tasks_blocked()
        may_end.set()
    assert judged == ["much", "little", "much", "much"]
