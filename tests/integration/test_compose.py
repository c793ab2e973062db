"""docker-compose.yml at work: its very commands, environments, secrets and Redis users.

Three APIs behind the gateway, four workers with the bundled model, the writing room, Redis and
PostgreSQL; then everything of ours is replaced under load.
"""

import contextlib
import random
import signal
import subprocess
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import psycopg
import pytest
import redis

from infra.local.redis_server import find_redis_server, redis_answers
from tests.composition import resolve
from tests.images import local_command
from tests.integration.containers import Container, Host, host
from tests.integration.gateway import gateway
from tests.postgres import create_database, find_postgres, postgres_process
from tests.processes import free_port, process, wait_until
from tests.readers import Reading

APIS, WORKERS, READERS, STORIES = 3, 4, 4, 2
START_SECONDS = 90.0
# It starts twenty-odd processes.
pytestmark = [pytest.mark.alone, pytest.mark.timeout(300)]
RARE = {"discard", "rpush", "unwatch", "smembers", "watch", "hget", "exists", "zrevrangebyscore"}
"""Of a permit that is put back, and of what nobody asks for in this test."""
HANDSHAKE = {"client|setinfo", "client|maint_notifications", "client"}
"""What redis-py says of itself. It does without where that is refused."""


@dataclass
class Running:
    """The whole service."""

    host: Host
    url: str
    http: httpx2.Client
    """With the writing room's key."""
    operator: "redis.Redis"
    workers: list[Container] = field(default_factory=list)
    apis: list[Container] = field(default_factory=list)
    ui: list[Container] = field(default_factory=list)

    def stories_of(self, worker: Container) -> int:
        """How many it writes, as its last heartbeat told."""
        workers = self.http.get("/v1/workers").raise_for_status().json()["workers"]
        told = {each["id"].rpartition("-")[2]: int(each["running"]) for each in workers}
        return told[str(worker.child.pid)]

    def replace(self, old: Sequence[Container], service: str) -> list[Container]:
        """End these as compose does, and start as many anew at their addresses."""
        for container in old:
            container.child.terminate()
        for container in old:
            # An API, once it has done what it had to, dies of the signal that ended it.
            assert container.child.wait(15) in (0, -signal.SIGTERM), container.log()
        new = [self.host.start(service, port=container.port) for container in old]
        for container in new:
            container.wait_until_healthy(START_SECONDS)
        return new


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    programs = find_postgres()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed (apt-get install postgresql)")
    folder: Path = tmp_path_factory.mktemp("compose")
    secrets = folder / "secrets"
    subprocess.run(["sh", "infra/secrets.sh", str(secrets)], check=True, capture_output=True)
    composition = resolve(env={"SECRETS": str(secrets)})
    with contextlib.ExitStack() as exits:
        machine = exits.enter_context(host(composition, folder))
        operator = exits.enter_context(_redis(machine, secrets))
        password = (secrets / "postgres_password").read_text().strip()
        server = exits.enter_context(postgres_process(programs, password=password))
        create_database(server, "once")
        machine.addresses["postgres:5432"] = server.rpartition("@")[2]
        yield exits.enter_context(_services(machine, operator, folder))


@contextlib.contextmanager
def _redis(machine: Host, secrets: Path) -> Iterator["redis.Redis"]:
    port, folder = free_port(), machine.folder / "redis"
    folder.mkdir()
    _, *options = machine.command_of("redis", folder)
    command = [find_redis_server(), *options, "--bind", "127.0.0.1", "--port", str(port)]
    with process(command, folder / "log"):
        url = f"redis://health:health@127.0.0.1:{port}"
        wait_until(lambda: redis_answers(url), seconds=10, what="Redis answers")
        machine.addresses["redis:6379"] = f"127.0.0.1:{port}"
        password = (secrets / "redis_operator_password").read_text().strip()
        with redis.Redis(
            port=port, username="operator", password=password, decode_responses=True
        ) as operator:
            yield operator


@contextlib.contextmanager
def _services(machine: Host, operator: "redis.Redis", folder: Path) -> Iterator[Running]:
    workers = [machine.start("worker") for _ in range(WORKERS)]
    migration = machine.start("migrate")
    assert migration.child.wait(60) == 0, migration.log()
    apis = [machine.start("api") for _ in range(APIS)]
    with gateway([api.port for api in apis], folder) as port:
        machine.addresses["gateway:8000"] = f"127.0.0.1:{port}"
        ui = machine.start("ui")
        for container in [*apis, ui, *workers]:
            container.wait_until_healthy(START_SECONDS)
        url = f"http://127.0.0.1:{port}"
        key = machine.composition.secrets["ui_api_key"].read_text().strip()
        headers = {"Authorization": f"Bearer {key}"}
        with httpx2.Client(base_url=url, headers=headers, timeout=15) as http:
            yield Running(machine, url, http, operator, workers, apis, [ui])
        for container in [*apis, ui, *workers]:
            container.child.terminate()  # all at the same time; then each is waited for
        machine.exits.close()


def body(number: int) -> dict[str, object]:
    return {
        "story_seed": f"A lighthouse keeper who counts {number} ships and hears music",
        "controls": {"length": "long"},
        "sampling": {"seed": 500 + number},
    }


def tell(running: Running, number: int) -> Reading:
    """Submit a story through the gateway and read it to its end, cut off again and again."""
    job = running.http.post("/v1/jobs", json=body(number)).raise_for_status().json()
    key = running.http.headers["Authorization"].removeprefix("Bearer ")
    reading, chance = Reading(running.url, job["id"], key), random.Random(number)
    while reading.ending is None:
        # An API that leaves cuts its readers off; where the gateway cannot reach any, it says so.
        with contextlib.suppress(httpx2.TransportError):
            reading.read(most_events=chance.randint(20, 200))
    return reading


def test_every_worker_and_every_api_is_there(running: Running) -> None:
    workers = running.http.get("/v1/workers").raise_for_status().json()["workers"]
    assert len(workers) == WORKERS
    assert running.http.get("/v1/queue").raise_for_status().json()["slots"] > 0
    assert httpx2.get(f"{running.url}/v1/queue").status_code == 401
    room = httpx2.get(f"http://127.0.0.1:{running.ui[0].port}/", timeout=10).raise_for_status()
    assert "<!doctype html>" in room.text.lower()


def test_key_made_beside_an_api_lets_its_holder_in(running: Running) -> None:
    api = running.apis[0]
    command = local_command(["python", "-m", "services.api.keys", "create", "a reader"])
    made = subprocess.run(
        command, cwd=api.image.workdir, env=api.env, capture_output=True, text=True, check=True
    )
    with httpx2.Client(base_url=running.url, timeout=15) as http:
        http.headers["Authorization"] = f"Bearer {made.stdout.strip()}"
        job = http.post("/v1/jobs", json=body(0)).raise_for_status().json()["id"]
        assert running.http.get(f"/v1/jobs/{job}").status_code == 404, "the room's it is not"
        assert http.delete(f"/v1/jobs/{job}").json()["id"] == job


def test_everything_is_replaced_under_load_and_no_token_is_lost_or_repeated(
    running: Running,
) -> None:
    readings: list[Reading] = []
    enough = threading.Event()

    def keep_reading(first: int) -> None:
        number = first
        while not enough.is_set():
            readings.append(tell(running, number % STORIES))
            number += 1

    with ThreadPoolExecutor(READERS) as threads, _set_at_the_end(enough):
        reads = [threads.submit(keep_reading, number) for number in range(READERS)]
        half = WORKERS // 2
        wait_until(
            lambda: any(map(running.stories_of, running.workers)), seconds=30, what="stories"
        )
        running.workers.sort(key=running.stories_of, reverse=True)  # whose leaving is felt
        running.workers[:half] = running.replace(running.workers[:half], "worker")
        for place, api in enumerate(running.apis):
            running.apis[place : place + 1] = running.replace([api], "api")
        running.workers[half:] = running.replace(running.workers[half:], "worker")
    for read in reads:
        read.result()

    attempts = []
    for reading in readings:
        job = running.http.get(f"/v1/jobs/{reading.job_id}").raise_for_status().json()
        assert reading.ending is not None
        assert reading.ending["event"] == "done"
        assert job["text"] == reading.text
        attempts.append(job["attempts"])
    assert len({reading.text for reading in readings}) == STORIES, "a story is one wherever told"
    assert max(attempts) > 1, "no story was interrupted"


@contextlib.contextmanager
def _set_at_the_end(event: threading.Event) -> Iterator[None]:
    try:
        yield
    finally:
        event.set()


def test_every_story_reached_the_library(running: Running) -> None:
    url = running.apis[0].env["DATABASE_URL_FILE"]

    def kept() -> int:
        with psycopg.connect(Path(url).read_text().strip()) as connection:
            row = connection.execute("SELECT count(*) FROM archived_job").fetchone()
        return int(row[0]) if row else 0

    wait_until(lambda: kept() >= READERS, seconds=20, what="ended jobs in PostgreSQL")


def test_nobody_was_refused_by_redis_and_no_right_is_idle(running: Running) -> None:
    refused = {
        (entry["username"], entry["object"])
        for entry in running.operator.acl_log()
        if entry["object"] not in HANDSHAKE
    }
    assert not refused
    rules = [line.split() for line in Path("infra/redis/users.acl").read_text().splitlines()]
    allowed = {
        word[1:].partition("|")[0]
        for rule in rules
        for word in rule
        if rule[1] in ("api", "worker") and word[0] == "+"
    }
    used = {  # since Redis 7 each subcommand for itself
        name.removeprefix("cmdstat_").partition("|")[0]
        for name in running.operator.info("commandstats")
    }
    assert allowed - used <= RARE | {"client"}
