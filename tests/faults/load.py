"""Callers: they ask for stories, cancel some, and have each read by readers that come and go."""

import asyncio
import random
import time
from dataclasses import dataclass

import httpx2

from tests.faults.cluster import Cluster
from tests.faults.reader import note_refusal, read_with_cuts
from tests.faults.records import AcceptedJob, CancelAnswer, History, Reading
from tests.faults.stories import COUNT, request

TENANTS = ("anna", "bela", "chi")
READERS = (1, 2, 2, 3)
CANCELS = 0.15
LATE_READERS = 0.3
ASKING_SECONDS = 5.0
RETRY_SECONDS = 0.2


@dataclass(slots=True)
class Load:
    cluster: Cluster
    history: History

    async def run(self, jobs: int, *, seconds: float) -> None:
        """So many jobs, asked for over so many seconds; returns when all readers are done."""
        async with asyncio.TaskGroup() as tasks:
            for number in range(jobs):
                chance = random.Random(f"{self.history.seed}/{number}")
                tasks.create_task(self._caller(chance, chance.uniform(0, seconds)))

    async def _caller(self, chance: random.Random, delay: float) -> None:
        await asyncio.sleep(delay)
        tenant, story = chance.choice(TENANTS), chance.randrange(COUNT)
        job = await self._ask(story, tenant, chance)
        self.history.jobs[job.id] = job
        async with asyncio.TaskGroup() as tasks:
            for number in range(chance.choice(READERS)):
                own = random.Random(chance.getrandbits(32))
                tasks.create_task(self._read(job, str(number), own))
            if chance.random() < CANCELS:
                job.cancelled = True
                tasks.create_task(self._cancel(job, chance.uniform(0, 3), chance))
        if chance.random() < LATE_READERS:
            await self._read(job, "late", chance)

    async def _ask(self, story: int, tenant: str, chance: random.Random) -> AcceptedJob:
        """Until a job is accepted. An answer that is lost leaves a job that nobody knows."""
        while True:
            answer = await self._send("POST", "/v1/jobs", tenant, chance, json=request(story))
            if answer is not None and answer.status_code == httpx2.codes.ACCEPTED:
                return AcceptedJob(answer.json()["id"], story, tenant, time.monotonic())
            if answer is not None:
                note_refusal(self.history.surprises, answer)
            await asyncio.sleep(RETRY_SECONDS)

    async def _cancel(self, job: AcceptedJob, delay: float, chance: random.Random) -> None:
        await asyncio.sleep(delay)
        while True:
            answer = await self._send("DELETE", f"/v1/jobs/{job.id}", job.tenant, chance)
            if answer is not None and answer.status_code == httpx2.codes.OK:
                job.cancel_answer = CancelAnswer(
                    time.monotonic(), answer.status_code, answer.json()["status"]
                )
                return
            if answer is not None:
                note_refusal(self.history.surprises, answer)
            await asyncio.sleep(RETRY_SECONDS)

    async def _read(self, job: AcceptedJob, reader: str, chance: random.Random) -> None:
        reading = Reading(job.id, reader)
        self.history.readings.append(reading)
        await read_with_cuts(
            reading, self.cluster.http, self.cluster.urls, chance, tenant=job.tenant
        )
        times = [at for at in (job.ended_at, reading.ended_at) if at is not None]
        job.ended_at = min(times, default=None)

    async def _send(
        self, method: str, path: str, tenant: str, chance: random.Random, json: object = None
    ) -> httpx2.Response | None:
        """None if the connection broke."""
        url = f"{chance.choice(self.cluster.urls)}{path}"
        headers = {"Authorization": f"Bearer {tenant}"}
        try:
            return await self.cluster.http.request(
                method, url, headers=headers, timeout=ASKING_SECONDS, json=json
            )
        except httpx2.TransportError:
            return None
