"""The readers of this process: one a job, however many tabs and streams look at it."""

import threading

from services.ui.reader import Reader
from shared.client import Client


class Readers:
    """Whoever opens a reader closes it; with the last one it ends. Threads may share this."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._open: dict[str, Reader] = {}
        self._users: dict[Reader, int] = {}

    def open(self, job_id: str) -> Reader:
        with self._lock:
            reader = self._open.get(job_id)
            if reader is None:
                reader = self._open[job_id] = Reader(self._client, job_id)
            self._users[reader] = self._users.get(reader, 0) + 1
            return reader

    def renew(self, job_id: str) -> None:
        """Who opens the job next gets a new reader."""
        with self._lock:
            self._open.pop(job_id, None)

    def close(self, reader: Reader) -> None:
        with self._lock:
            users = self._users.pop(reader) - 1
            if users:
                self._users[reader] = users
                return
            if self._open.get(reader.job_id) is reader:
                del self._open[reader.job_id]
        reader.close()
