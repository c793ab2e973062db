"""One caller's requests: through any API, again and again until they are answered."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field

import httpx2

from tests.faults.cluster import Cluster
from tests.faults.reader import note_refusal
from tests.faults.records import History

ASKING_SECONDS = 5.0
RETRY_SECONDS = 0.2


@dataclass(slots=True)
class Asker:
    cluster: Cluster
    history: History
    tenant: str
    chance: random.Random
    headers: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        self.headers = {"Authorization": f"Bearer {self.tenant}"}

    @property
    def url(self) -> str:
        """Of any API."""
        return self.chance.choice(self.cluster.urls)

    async def insist(
        self,
        code: int,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """Until the answer is this one."""
        while True:
            answer = await self.send(method, path, json=json, headers=headers)
            if answer is not None and answer.status_code == code:
                return answer
            if answer is not None:
                self.note(answer)
            await asyncio.sleep(RETRY_SECONDS)

    async def send(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        headers: Mapping[str, str] | None = None,
        seconds: float = ASKING_SECONDS,
    ) -> httpx2.Response | None:
        """None if the connection broke, or if it took too long."""
        try:
            return await self.cluster.http.request(
                method,
                f"{self.url}{path}",
                headers={**self.headers, **(headers or {})},
                timeout=seconds,
                json=json,
            )
        except httpx2.TransportError:
            return None

    def note(self, answer: httpx2.Response) -> None:
        """Whoever asks for more than its share may be told so; nobody else."""
        makes = answer.request.method == "POST"
        if not makes or answer.status_code != httpx2.codes.TOO_MANY_REQUESTS:
            note_refusal(self.history.surprises, answer)
            return
        self.history.turned_away += 1
        if "retry-after" not in answer.headers:
            self.history.surprises.append(f"429 without Retry-After from {answer.url.path}")
