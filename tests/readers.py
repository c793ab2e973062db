"""A reader of the event stream, written from the contract and not from our own client."""

import hashlib
import json
import random
from dataclasses import dataclass, field
from typing import Any

import httpx2

TERMINAL = {"done", "error", "cancelled"}


@dataclass
class Reading:
    """What one reader has seen of one story, over all its connections."""

    api_url: str
    job_id: str
    key: str | None = None
    text: str = ""
    cursor: int = 0
    connections: int = 0
    events: list[str] = field(default_factory=list)
    worker: str | None = None
    ending: dict[str, Any] | None = None

    def read(self, *, most_events: int | None = None) -> None:
        """Read from the cursor until the end, or hang up after `most_events` events."""
        self.connections += 1
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        if self.cursor:
            headers["Last-Event-ID"] = str(self.cursor)
        url = f"{self.api_url}/v1/jobs/{self.job_id}/events"
        seen = 0
        with httpx2.stream("GET", url, headers=headers, timeout=30) as answer:
            answer.raise_for_status()
            event: dict[str, str] = {}
            for line in answer.iter_lines():
                if line:
                    name, _, value = line.partition(": ")
                    event[name] = value
                    continue
                if "event" in event:
                    self._take(event)
                    seen += 1
                event = {}
                if self.ending or seen == most_events:
                    return

    def read_with_cuts(self, chance: random.Random) -> None:
        """Hang up at random and come back until the story ends."""
        while self.ending is None:
            self.read(most_events=chance.randint(1, 40))

    def _take(self, event: dict[str, str]) -> None:
        kind, data = event["event"], json.loads(event["data"])
        self.events.append(kind)
        if kind == "token":
            assert data["index"] == self.cursor + len(data["ids"]), "gap or repeat"
            assert event["id"] == str(data["index"])
            self.text += data["text"]
            self.cursor = data["index"]
        elif kind == "checkpoint":
            if data["index"] == self.cursor:
                assert data["sha256"] == hashlib.sha256(self.text.encode()).hexdigest()
        elif kind in TERMINAL:
            self.ending = {"event": kind, **data}
        else:
            assert "id" not in event, "only tokens move the cursor"
            self.worker = data.get("worker", self.worker)
