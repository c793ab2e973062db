"""Who follows or waits holds a place: of its key's, and of the process's."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2

from shared.connections import connect
from shared.joblog import keys
from tests.processes import wait_until
from tests.unit.api.acting import Actor
from tests.unit.api.admission.limiting import SEED, limited
from tests.unit.api.library.writing import refusal
from tests.unit.api.serving import events_path


def test_too_many_streams_of_a_key_and_of_a_process(
    redis_url: str, tmp_path: Path, actor: Actor
) -> None:
    limits = {"streams_per_key": 2, "streams_per_process": 3}
    with limited(redis_url, tmp_path, **limits) as come:
        anna, ben = come(tenant="anna"), come(tenant="ben")
        job = anna.post("/v1/jobs", json=SEED).json()["id"]
        his = ben.post("/v1/jobs", json=SEED).json()["id"]
        events = events_path(job)
        with contextlib.ExitStack() as open_streams:
            for _ in range(2):
                open_streams.enter_context(_following(anna, events))
            for refused in (
                anna.get(events),
                anna.get(f"/v1/jobs/{job}?wait=5"),
                anna.post("/generate", json=SEED),
            ):
                assert refusal(refused) == (429, "too_many_streams")
                assert int(refused.headers["retry-after"]) > 0
            assert anna.get(f"/v1/jobs/{job}").status_code == 200
            with _following(ben, events_path(his)):
                full = ben.get(events_path(his))
                assert refusal(full) == (503, "streams_full")
                assert int(full.headers["retry-after"]) > 0
        assert len(anna.get("/v1/jobs").json()["jobs"]) == 1
        wait_until(lambda: _opens(anna, events), seconds=10, what="their places are free")


def test_waiting_caller_holds_a_place(redis_url: str, tmp_path: Path, actor: Actor) -> None:
    with limited(redis_url, tmp_path, streams_per_key=1) as come:
        anna = come()
        job = anna.post("/v1/jobs", json=SEED).json()["id"]

        waiting = threading.Thread(target=anna.get, args=(f"/v1/jobs/{job}?wait=20",))
        waiting.start()
        wait_until(lambda: _listens(redis_url, job), seconds=5, what="the caller waits")
        assert refusal(anna.get(events_path(job))) == (429, "too_many_streams")
        actor.claim()
        actor.finish()
        waiting.join(10)
        assert not waiting.is_alive()
        assert _opens(anna, events_path(job))


@contextlib.contextmanager
def _following(http: httpx2.Client, path: str) -> Iterator[None]:
    with http.stream("GET", path) as response:
        response.raise_for_status()
        lines = response.iter_lines()  # without a name it would be closed, and the stream with it
        next(lines)
        yield


def _opens(http: httpx2.Client, path: str) -> bool:
    with http.stream("GET", path) as response:
        return response.status_code == 200


def _listens(redis_url: str, job: str) -> bool:
    with connect(redis_url) as client:
        return bool(client.pubsub_numsub(keys.job(job))[0][1])
