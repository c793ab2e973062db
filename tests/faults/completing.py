"""A caller of `/v1/completions` that asks under a key until it has all of it."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tests.faults.asking import RETRY_SECONDS, Asker
from tests.faults.records import AcceptedJob, KeyedRequest, Said
from tests.faults.stories import CHOICES, choice_of, completion

PATH = "/v1/completions"
PATIENCE_SECONDS = 12.0
"""Without a byte; less than the service gives a caller to come back in."""


@dataclass(slots=True)
class Attempt:
    """One answer, or as much as came of it."""

    ids: dict[int, str] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    has_said_end: bool = False

    @property
    def is_whole(self) -> bool:
        return self.has_said_end and len(self.ended) == CHOICES

    def take(self, said: dict[str, Any]) -> None:
        for choice in said["choices"]:
            index = choice["index"]
            self.ids[index] = choice["job_id"]
            self.texts[index] = self.texts.get(index, "") + choice["text"]
            if choice["finish_reason"]:
                self.ended.add(index)


async def complete(asker: Asker, number: int, key: str) -> None:
    """Nobody reads along; what was said is compared with what the jobs have."""
    began, history = time.monotonic(), asker.history
    requests = [KeyedRequest(f"{key} {index}", asker.tenant) for index in range(CHOICES)]
    history.keyed += requests
    while True:
        attempt = await _attempt(asker, completion(number), key)
        for index, job_id in attempt.ids.items():
            requests[index].job_ids.append(job_id)
            is_whole = index in attempt.ended
            history.said.append(Said(job_id, attempt.texts[index], is_whole))
        if attempt.is_whole:
            break
        await asyncio.sleep(RETRY_SECONDS)
    for index, job_id in attempt.ids.items():
        history.jobs[job_id] = AcceptedJob(
            job_id, choice_of(number, index), asker.tenant, began, ended_at=time.monotonic()
        )


async def _attempt(asker: Asker, body: dict[str, Any], key: str) -> Attempt:
    attempt = Attempt()
    headers = {**asker.headers, "Idempotency-Key": key}
    try:
        async with asker.cluster.http.stream(
            "POST", f"{asker.url}{PATH}", json=body, headers=headers, timeout=PATIENCE_SECONDS
        ) as answer:
            if answer.status_code != httpx2.codes.OK:
                await answer.aread()
                asker.note(answer)
            elif body["stream"]:
                await _read_stream(asker, answer, attempt)
            else:
                attempt.take(json.loads(await answer.aread()))
                attempt.has_said_end = True
    except httpx2.TransportError:
        pass  # as much as came of it has been taken
    return attempt


async def _read_stream(asker: Asker, answer: httpx2.Response, attempt: Attempt) -> None:
    async for line in answer.aiter_lines():
        data = line.removeprefix("data: ")
        if data == line:
            continue
        if attempt.has_said_end:
            asker.history.surprises.append(f"{data} behind the end of a completion")
        elif data == "[DONE]":
            attempt.has_said_end = True
        elif "error" in (said := json.loads(data)):
            if said["error"]["code"] != "server_stopping":
                asker.history.surprises.append(f"a completion was told {data}")
        else:
            attempt.take(said)
