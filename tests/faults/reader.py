"""A reader who hangs up at random and comes back through any API; writes down what it is told."""

import asyncio
import contextlib
import json
import random
import time
from collections.abc import Mapping, Sequence
from typing import Any

import httpx2

from tests.faults.records import Delivery, Reading
from tests.readers import TERMINAL

SILENCE_SECONDS = 4.0
"""Longer without a byte, and the reader tries another connection."""
LONGEST_PAUSE_SECONDS = 0.15
MOST_EVENTS = 24
SLOW_SECONDS = 0.03
UNTROUBLED = {"queued", "started", "resumed"}


async def read_with_cuts(
    reading: Reading,
    http: httpx2.AsyncClient,
    urls: Sequence[str],
    chance: random.Random,
    *,
    tenant: str,
) -> None:
    """Until the story's ending was heard."""
    is_slow = chance.random() < 0.15
    while not reading.endings:
        url = f"{chance.choice(urls)}/v1/jobs/{reading.job_id}/events"
        reading.connections += 1
        # A connection that breaks is what this reader is for.
        with contextlib.suppress(httpx2.TransportError):
            await _read(
                reading,
                http,
                url,
                tenant=tenant,
                most_events=chance.randint(1, MOST_EVENTS),
                pause=SLOW_SECONDS if is_slow else 0.0,
            )
        await asyncio.sleep(chance.uniform(0, LONGEST_PAUSE_SECONDS))


async def _read(
    reading: Reading,
    http: httpx2.AsyncClient,
    url: str,
    *,
    tenant: str,
    most_events: int,
    pause: float,
) -> None:
    headers = {"Authorization": f"Bearer {tenant}"}
    if reading.cursor:
        headers["Last-Event-ID"] = str(reading.cursor)
    async with http.stream("GET", url, headers=headers, timeout=SILENCE_SECONDS) as answer:
        if answer.status_code != httpx2.codes.OK:
            await answer.aread()
            note_refusal(reading.surprises, answer)
            return
        event: dict[str, str] = {}
        async for line in answer.aiter_lines():
            if line:
                name, _, value = line.partition(": ")
                event[name] = value
                continue
            if "event" in event:
                take(reading, event["event"], json.loads(event["data"]), event)
                most_events -= 1
            event = {}
            if reading.endings or most_events == 0:
                return
            if pause:
                await asyncio.sleep(pause)


def take(reading: Reading, kind: str, data: Mapping[str, Any], event: Mapping[str, str]) -> None:
    now = time.monotonic()
    if kind == "token":
        if event.get("id") != str(data["index"]):
            reading.surprises.append(f"token {data['index']} has the id {event.get('id')}")
        delivery = Delivery(now, data["index"], len(data["ids"]), data["text"])
        reading.deliveries.append(delivery)
    elif kind == "checkpoint":
        reading.checkpoints.append((data["index"], data["sha256"]))
    elif kind in TERMINAL:
        reading.endings.append(kind)
        reading.ended_at = now
    elif kind not in UNTROUBLED or "id" in event:
        reading.surprises.append(f"an event {dict(event)}")


def note_refusal(surprises: list[str], answer: httpx2.Response) -> None:
    """Only "not now" is an answer that faults explain."""
    if answer.status_code != httpx2.codes.SERVICE_UNAVAILABLE:
        surprises.append(f"{answer.status_code} from {answer.url.path}: {answer.text[:200]}")
    elif "retry-after" not in answer.headers:
        surprises.append(f"503 without Retry-After from {answer.url.path}")
