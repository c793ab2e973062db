"""The cluster under test: Redis, APIs and workers as real processes, a link before each of them.

readers ── front link ── API ── link ──┐
                                       ├── Redis
                      worker ── link ──┘
"""

import asyncio
import contextlib
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any

import httpx2
import redis.asyncio
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from infra.local.redis_server import redis_command
from shared.joblog import commands, keys
from tests.faults.member import Member
from tests.faults.proxy import HOST, Link
from tests.processes import free_port

SLOTS = 4
STEP_SECONDS = 0.02
"""With some work on top: a story grows by 30 to 45 tokens a second."""
STREAM_INTERVAL_MS = 100
"""So that whatever dies has some tokens in hand that it has not told."""
JOBS_PER_KEY = 8
ANSWER_SECONDS = 5
REDIS = "redis"
_LAUNCHER = "import os, sys; os.execv(sys.argv[1], sys.argv[1:])"
"""Python ignores SIGXFSZ and hands that on, so a full disk is an error and not Redis' end."""


@dataclass(slots=True)
class Cluster:
    folder: Path
    model: Path
    redis_port: int = field(default_factory=free_port)
    members: dict[str, Member] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    """To Redis, by the name of who connects through it."""
    fronts: dict[str, Link] = field(default_factory=dict)
    """To an API, by its name."""
    forgotten_endings: list[Counter[str]] = field(default_factory=list)
    """By every time that Redis was emptied: how often its archive had been told of which job."""
    http: httpx2.AsyncClient = field(init=False)
    store: "redis.asyncio.Redis" = field(init=False)
    """Past every link, for whoever watches."""

    def __post_init__(self) -> None:
        self.http = _without_cookies()
        self.store = redis.asyncio.Redis(
            host=HOST,
            port=self.redis_port,
            decode_responses=True,
            socket_timeout=2,
            retry=redis.asyncio.retry.Retry(NoBackoff(), 1),
        )

    @property
    def redis(self) -> Member:
        return self.members[REDIS]

    @property
    def apis(self) -> list[Member]:
        return [member for name, member in self.members.items() if name in self.fronts]

    @property
    def workers(self) -> list[Member]:
        return [each for each in self.members.values() if each.name.startswith("worker")]

    @property
    def library(self) -> Path:
        return self.folder / "once.db"

    @property
    def urls(self) -> list[str]:
        """Of the APIs, through their front links."""
        return [f"http://{HOST}:{link.port}" for link in self.fronts.values()]

    async def start(self, *, apis: int, workers: int) -> None:
        await self._start_redis()
        for number in range(1, apis + 1):
            await self._add_api(f"api-{number}")
        for number in range(1, workers + 1):
            await self._add_worker(f"worker-{number}")
        await asyncio.gather(*(member.ready() for member in self.members.values()))

    async def stop(self) -> None:
        services = [member for member in self.members.values() if member is not self.redis]
        await asyncio.gather(*(asyncio.to_thread(member.stop) for member in services))
        await asyncio.to_thread(self.redis.stop)
        for link in (*self.links.values(), *self.fronts.values()):
            await link.close()
        await self.http.aclose()
        await self.store.aclose()

    async def empty_redis(self) -> None:
        """In one transaction with the look at what is lost, so that nothing falls between."""
        async with self.store.pipeline(transaction=True) as transaction:
            transaction.xrange(keys.ENDED)
            transaction.flushall()
            entries, _ = await transaction.execute()
        self.forgotten_endings.append(_by_job(entries))

    async def endings(self) -> Counter[str]:
        """How often the archive was told of each job, at most by one Redis."""
        most = _by_job(await self.store.xrange(keys.ENDED))
        for forgotten in self.forgotten_endings:
            most |= forgotten
        return most

    async def owners(self) -> set[str]:
        """Workers that hold a story; nobody if Redis does not say."""
        try:
            held = [keys.job(str(each)) for each in await self.store.zrange(keys.LEASES, 0, -1)]
            return {str(await self.store.hget(job, "owner")) for job in held}
        except RedisError:
            return set()

    async def heal(self) -> list[str]:
        """Wait until everybody serves; answers who had ended without being told to."""
        ended = [member for member in self.members.values() if not member.lives]
        found = [f"{member.run_name} ended by itself: {member.last_words()}" for member in ended]
        for member in ended:
            member.start()
        await asyncio.gather(*(member.ready() for member in self.members.values()))
        return found

    async def _start_redis(self) -> None:
        async def answers(_: Member) -> bool:
            try:
                return bool(await self.store.ping())
            except RedisError:
                return False

        command = [sys.executable, "-c", _LAUNCHER, *redis_command(self.redis_port, self.folder)]
        await self._add(Member(REDIS, command, {}, self.folder, answers))
        await self.redis.ready()

    async def _add_api(self, name: str) -> None:
        port = free_port()
        self.fronts[name] = Link(port)
        await self.fronts[name].open()

        async def answers(_: Member) -> bool:
            try:
                answer = await self.http.get(f"http://{HOST}:{port}/healthz")
            except httpx2.TransportError:
                return False
            return answer.status_code == httpx2.codes.OK

        await self._add_service("api", name, answers, API_PORT=str(port))

    async def _add_worker(self, name: str) -> None:
        async def beats(worker: Member) -> bool:
            """This run of it: what it said in an earlier one stands for a while."""
            try:
                expiry = await self.store.zscore(keys.WORKERS_EXPIRY, name)
            except RedisError:
                return False
            return (expiry or 0) > 1000 * worker.started_at + commands.WORKER_EXPIRY_MS

        await self._add_service("worker", name, beats, WORKER_ID=name)

    async def _add_service(
        self,
        service: str,
        name: str,
        is_ready: Callable[[Member], Awaitable[bool]],
        **settings: str,
    ) -> None:
        self.links[name] = Link(self.redis_port)
        await self.links[name].open()
        env = {
            "REDIS_URL": f"redis://{HOST}:{self.links[name].port}/0",
            "DATABASE_URL": f"sqlite:///{self.library}",
            "MODEL": str(self.model),
            "DEVELOPMENT": "true",
            "LOG_FORMAT": "json",
            "OMP_NUM_THREADS": "1",
            "SLOTS": str(SLOTS),
            "JOBS_PER_KEY": str(JOBS_PER_KEY),
            "STEP_SECONDS": str(STEP_SECONDS),
            "STREAM_INTERVAL_MS": str(STREAM_INTERVAL_MS),
            **settings,
        }
        command = [sys.executable, "-m", "tests.faults.service", service]
        await self._add(Member(name, command, env, self.folder, is_ready))

    async def _add(self, member: Member) -> None:
        self.members[member.name] = member
        member.start()


def _by_job(entries: Any) -> Counter[str]:
    """`entries` of the stream of ended jobs."""
    return Counter(fields["id"] for _, fields in entries)


def _without_cookies() -> httpx2.AsyncClient:
    """It stands for many readers: what one of them has read to its end, another has not."""
    jar = CookieJar(DefaultCookiePolicy(allowed_domains=()))
    return httpx2.AsyncClient(timeout=ANSWER_SECONDS, cookies=jar)


@contextlib.asynccontextmanager
async def running_cluster(
    folder: Path, model: Path, *, apis: int = 2, workers: int = 3
) -> AsyncIterator[Cluster]:
    """Everything is ended when the block is left."""
    cluster = Cluster(folder, model)
    try:
        await cluster.start(apis=apis, workers=workers)
        yield cluster
    finally:
        await cluster.stop()
