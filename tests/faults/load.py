"""Callers: they ask for stories in every way there is, cancel some, and have each read by readers
that come and go.
"""

import asyncio
import random
import time
from dataclasses import dataclass

import httpx2

from tests.faults.asking import Asker
from tests.faults.cluster import Cluster
from tests.faults.completing import complete
from tests.faults.reader import read_with_cuts
from tests.faults.records import AcceptedJob, CancelAnswer, History, KeyedRequest, Reading
from tests.faults.stories import COMPLETIONS, COUNT, request

TENANTS = ("anna", "bela", "chi")
READERS = (1, 2, 2, 3)
CANCELS = 0.15
LATE_READERS = 0.3
KINDS = ("plain",) * 10 + ("keyed",) * 4 + ("hurried",) * 4 + ("completion",) * 2
DEADLINES = (0.001, 0.5, 2.0, 30.0)
"""Nobody can begin by the first; the last is generous."""
LOST = 0.5
"""Of requests with a key: those whose first answer nobody waits for."""
LOST_SECONDS = 0.05
CROWD = 16
"""Twice what a key may have at once."""
CROWD_STORY = 1


@dataclass(slots=True)
class Load:
    cluster: Cluster
    history: History

    async def run(self, jobs: int, *, seconds: float) -> None:
        """So many requests over so many seconds; returns when all readers are done."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(jobs):
                chance = random.Random(f"{self.history.seed}/{number}")
                tasks.create_task(self._caller(number, chance, chance.uniform(0, seconds)))

    async def crowd(self, *, seconds: float) -> None:
        """One who asks for more at once than it may have."""
        chance = random.Random(f"{self.history.seed}/crowd")
        await asyncio.sleep(chance.uniform(0, seconds))
        async with asyncio.TaskGroup() as tasks:
            for _ in range(CROWD):
                own = random.Random(chance.getrandbits(32))
                asker = self._asker("crowd", own)
                tasks.create_task(self._follow(asker, CROWD_STORY, None))

    async def _caller(self, number: int, chance: random.Random, delay: float) -> None:
        await asyncio.sleep(delay)
        kind, story = chance.choice(KINDS), chance.randrange(COUNT)
        asker = self._asker(chance.choice(TENANTS), chance)
        # Also unlike that of the same caller in an earlier load.
        name = f"{kind}-{self.history.seed}-{number}-{len(self.history.keyed)}"
        match kind:
            case "completion":
                own = self._asker(name, chance)
                await complete(own, chance.randrange(COMPLETIONS), name)
            case "keyed":
                await self._keyed(self._asker(name, chance), story, name)
            case "hurried":
                await self._follow(asker, story, chance.choice(DEADLINES))
            case _:
                await self._follow(asker, story, None)

    def _asker(self, tenant: str, chance: random.Random) -> Asker:
        return Asker(self.cluster, self.history, tenant, chance)

    async def _follow(self, asker: Asker, story: int, deadline: float | None) -> None:
        """An answer that is lost leaves a job that nobody knows."""
        body = request(story) | {"deadline_seconds": deadline}
        answer = await asker.insist(httpx2.codes.ACCEPTED, "POST", "/v1/jobs", json=body)
        job_id, now = answer.json()["id"], time.monotonic()
        job = AcceptedJob(job_id, story, asker.tenant, now, deadline=deadline)
        await self._watch(asker, job, cancels=deadline is None)

    async def _keyed(self, asker: Asker, story: int, key: str) -> None:
        """Sent once or twice before, and again when it is long over: it makes one job."""
        asked, chance, began = KeyedRequest(key, asker.tenant), asker.chance, time.monotonic()
        self.history.keyed.append(asked)

        async def ask() -> None:
            answer = await asker.insist(
                httpx2.codes.ACCEPTED,
                "POST",
                "/v1/jobs",
                json=request(story),
                headers={"Idempotency-Key": key},
            )
            asked.job_ids.append(answer.json()["id"])

        if chance.random() < LOST:
            await asker.send(
                "POST",
                "/v1/jobs",
                json=request(story),
                headers={"Idempotency-Key": key},
                seconds=chance.uniform(0.001, LOST_SECONDS),
            )
            await ask()
        else:
            await asyncio.gather(ask(), ask())
        job = AcceptedJob(asked.job_ids[0], story, asker.tenant, began)
        await self._watch(asker, job, cancels=True)
        await ask()

    async def _watch(self, asker: Asker, job: AcceptedJob, *, cancels: bool) -> None:
        chance = asker.chance
        self.history.jobs[job.id] = job
        async with asyncio.TaskGroup() as tasks:
            for number in range(chance.choice(READERS)):
                own = random.Random(chance.getrandbits(32))
                tasks.create_task(self._read(job, str(number), own))
            if cancels and chance.random() < CANCELS:
                job.cancelled = True
                tasks.create_task(self._cancel(asker, job, chance.uniform(0, 3)))
        if chance.random() < LATE_READERS:
            await self._read(job, "late", chance)

    async def _cancel(self, asker: Asker, job: AcceptedJob, delay: float) -> None:
        await asyncio.sleep(delay)
        answer = await asker.insist(httpx2.codes.OK, "DELETE", f"/v1/jobs/{job.id}")
        job.cancel_answer = CancelAnswer(
            time.monotonic(), answer.status_code, answer.json()["status"]
        )

    async def _read(self, job: AcceptedJob, reader: str, chance: random.Random) -> None:
        reading = Reading(job.id, reader)
        self.history.readings.append(reading)
        await read_with_cuts(
            reading, self.cluster.http, self.cluster.urls, chance, tenant=job.tenant
        )
        times = [at for at in (job.ended_at, reading.ended_at) if at is not None]
        job.ended_at = min(times, default=None)
