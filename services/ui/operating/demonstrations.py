"""The demonstrations of this process by their ids: who knows one looks on, after a refresh too.

Knows no Streamlit. Threads may share this.
"""

import threading
import uuid

from services.ui.operating.demonstration import Demonstration
from shared.client import Client

MOST_KEPT = 16
"""Each holds one story twice."""


class Demonstrations:
    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._kept: dict[str, Demonstration] = {}

    def begin(self) -> str:
        """The id of a new one. Of too many, the one that was begun first is given up."""
        demonstration_id = uuid.uuid4().hex
        with self._lock:
            self._kept[demonstration_id] = Demonstration(self._client)
            if len(self._kept) > MOST_KEPT:
                self._kept.pop(next(iter(self._kept))).close()
        return demonstration_id

    def find(self, demonstration_id: str) -> Demonstration | None:
        """None for one that was given up, or never begun here."""
        return self._kept.get(demonstration_id)

    def close(self) -> None:
        with self._lock:
            for demonstration in self._kept.values():
                demonstration.close()
            self._kept.clear()
