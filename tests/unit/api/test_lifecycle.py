"""Redis away, Redis restarted, the API told to stop: nothing is lost and nothing hangs."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import psutil
import pytest

from services.api import server
from shared.joblog import commands
from tests.processes import free_port, process, redis_process, wait_until
from tests.unit.api.acting import MODEL, Actor, token
from tests.unit.api.serving import (
    api_settings,
    assert_whole,
    events_path,
    reading,
    serving,
    sqlite_url,
    stalled_reader,
)


def test_api_that_is_told_to_stop_does_not_wait_for_its_clock(
    tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "TICK_SECONDS", 3_600.0)
    with (
        serving(api_settings(redis_url, sqlite_url(tmp_path))) as url,
        httpx2.Client(base_url=url, timeout=10) as http,
    ):
        assert http.get("/healthz").status_code == 200


def test_without_redis_the_process_lives_but_is_not_ready(tmp_path: Path) -> None:
    settings = api_settings(f"redis://127.0.0.1:{free_port()}/0", sqlite_url(tmp_path))
    with (
        serving(settings) as url,
        httpx2.Client(base_url=url, timeout=10) as http,
    ):
        assert http.get("/healthz").status_code == 200
        answers = [
            http.get("/readyz"),
            http.post("/v1/jobs", json={"story_seed": "A fox"}),
            http.post("/generate", json={"story_seed": "A fox"}),
            http.get(events_path("0" * 32)),
            http.get("/v1/jobs"),
        ]
    for answer in answers:
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] == "store_unavailable"
        assert int(answer.headers["retry-after"]) > 0


def test_stream_outlives_a_restart_of_redis(tmp_path: Path) -> None:
    port = free_port()
    with contextlib.ExitStack() as stack:
        redis_url = f"redis://127.0.0.1:{port}/0"
        url = stack.enter_context(serving(api_settings(redis_url, sqlite_url(tmp_path))))
        actor = Actor(redis_url)
        stack.callback(actor.close)
        with redis_process(tmp_path, port):
            actor.beat()
            job = httpx2.post(f"{url}/v1/jobs", json={"story_seed": "A fox"}).json()["id"]
            reader = stack.enter_context(reading(url, job))
            actor.claim()
            actor.write(5)
            reader.wait_for("token", 5)
        time.sleep(0.5)  # long enough for several vain attempts of hub and reader
        assert reader.is_alive()
        with redis_process(tmp_path, port):
            wait_until(
                lambda: actor.joblog.run(commands.read_job(job)) is not None,
                seconds=5,
                what="the log is back",
            )
            actor.write(4)
            reader.wait_for("token", 9)
            actor.write(3)
            actor.finish()
            assert_whole(reader.finish(), 12)


def test_sigterm_ends_open_streams_cleanly(tmp_path: Path, redis_url: str) -> None:
    actor = Actor(redis_url)
    with api_process(tmp_path, redis_url) as (url, child):
        actor.beat()
        job = httpx2.post(f"{url}/v1/jobs", json={"story_seed": "A fox"}).json()["id"]
        actor.claim()
        actor.write(2)
        with reading(url, job) as reader:
            reader.wait_for("token", 2)
            started = time.monotonic()
            child.terminate()
            told = reader.finish(seconds=5)  # raises if the answer broke off in the middle
            child.wait(5)
        assert time.monotonic() - started < 3
    assert told.closed
    assert told.indexes() == [1, 2]
    assert "Traceback" not in (tmp_path / "api.log").read_text()
    actor.close()


def test_api_that_leaves_says_so_and_serves_on(tmp_path: Path, redis_url: str) -> None:
    actor = Actor(redis_url)
    with (
        api_process(tmp_path, redis_url, API_LEAVE_SECONDS="8") as (url, child),
        httpx2.Client(base_url=url) as http,
    ):
        actor.beat()
        assert http.get("/healthz").status_code == 200
        child.terminate()
        wait_until(lambda: http.get("/healthz").status_code == 404, seconds=5, what="it says so")
        assert http.get("/healthz").json()["code"] == "server_leaving"
        assert http.post("/v1/jobs", json={"story_seed": "A fox"}).status_code == 202
        assert httpx2.get(f"{url}/v1/jobs").status_code == 200, "over a new connection, too"
        child.wait(20)
    actor.close()


def test_stream_is_served_for_as_long_as_the_api_leaves_and_then_ends_cleanly(
    tmp_path: Path, redis_url: str
) -> None:
    actor, seconds, written = Actor(redis_url), 4.0, 2
    with (
        api_process(tmp_path, redis_url, API_LEAVE_SECONDS=str(seconds)) as (url, child),
        httpx2.Client(base_url=url) as http,
    ):
        actor.beat()
        job = http.post("/v1/jobs", json={"story_seed": "A fox"}).json()["id"]
        actor.claim()
        actor.write(written)
        with reading(url, job) as early:
            early.wait_for("token", written)
            started = time.monotonic()
            child.terminate()
            wait_until(lambda: http.get("/healthz").status_code == 404, seconds=5, what="it leaves")
            with reading(url, job) as late:
                while time.monotonic() - started < seconds - 1.2:
                    actor.write(1)
                    written += 1
                    for reader in (early, late):
                        reader.wait_for("token", written)
                told = [reader.finish() for reader in (early, late)]
        assert time.monotonic() - started >= seconds
        child.wait(10)
    for each in told:
        assert each.closed
        assert each.indexes() == list(range(1, written + 1))
    log = (tmp_path / "api.log").read_text()
    assert "Traceback" not in log
    assert "without completing" not in log
    actor.close()


def test_caller_whom_a_stopping_server_cannot_answer_is_told_to_come_back(tmp_path: Path) -> None:
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,  # takes connections and says nothing
        api_process(tmp_path, f"redis://127.0.0.1:{mute.getsockname()[1]}/0") as (url, child),
        ThreadPoolExecutor(1) as pool,
    ):
        asked = pool.submit(httpx2.get, f"{url}/v1/jobs", timeout=20)
        wait_until(lambda: _is_asked(child), seconds=5, what="the request is there")
        child.terminate()
        answer = asked.result()
        child.wait(20)
    assert (answer.status_code, answer.json()["code"]) == (503, "server_stopping")
    assert int(answer.headers["retry-after"]) > 0
    assert "Traceback" not in (tmp_path / "api.log").read_text()


def test_reader_that_stopped_reading_does_not_hold_up_the_exit(
    tmp_path: Path, redis_url: str
) -> None:
    actor = Actor(redis_url)
    with api_process(tmp_path, redis_url) as (url, child):
        actor.beat()
        job = httpx2.post(f"{url}/v1/jobs", json={"story_seed": "A fox"}).json()["id"]
        claim = actor.claim()
        for index in range(1, 201):
            big = token(index).model_copy(update={"text": "x" * 60_000})
            actor.joblog.run(commands.append(job, claim.epoch, big, model=MODEL))
        with stalled_reader(url, job):
            told = 'once_events_sent_total{type="token"} 200.0'
            wait_until(
                lambda: told in httpx2.get(f"{url}/metrics").text, seconds=5, what="it stalls"
            )
            started = time.monotonic()
            child.terminate()
            child.wait(10)
        assert time.monotonic() - started < 6
    actor.close()


@contextlib.contextmanager
def api_process(
    folder: Path, redis_url: str, **settings: str
) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`python -m services.api`, as it is deployed."""
    port = free_port()
    env = {
        **os.environ,
        "REDIS_URL": redis_url,
        "DATABASE_URL": sqlite_url(folder),
        "MODEL": MODEL,
        "API_PORT": str(port),
        "DEVELOPMENT": "true",
        **settings,
    }
    url = f"http://127.0.0.1:{port}"
    with process([sys.executable, "-m", "services.api"], folder / "api.log", env) as child:
        wait_until(lambda: _answers(url), seconds=20, what="the API serves")
        yield url, child


def _is_asked(child: "subprocess.Popen[bytes]") -> bool:
    """Whether a caller's connection is open."""
    connections = psutil.Process(child.pid).net_connections("tcp")
    ports = {each.laddr.port for each in connections if each.status == psutil.CONN_LISTEN}
    return any(
        each.status == psutil.CONN_ESTABLISHED and each.laddr.port in ports for each in connections
    )


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/healthz").status_code == 200
    except httpx2.ConnectError:
        return False
