"""A real server on a loopback port in a thread, and readers of its streams."""

import asyncio
import contextlib
import io
import json
import socket
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2

from services.api.app import create_app
from services.api.server import make_server
from services.api.settings import ApiSettings
from tests.processes import wait_until
from tests.unit.api.acting import MODEL, story

SIGNING_KEY = "5" * 64
ROOM_KEY = f"once_{'7' * 64}"


def api_settings(redis_url: str, database_url: str, **changes: object) -> ApiSettings:
    values = {
        "redis_url": redis_url,
        "database_url": database_url,
        "model": MODEL,
        "api_port": 0,
        "development": True,
        **changes,
    }
    return ApiSettings.model_validate(values)


def guarded_settings(redis_url: str, database_url: str, **changes: object) -> ApiSettings:
    """Outside development: nobody comes in without a key."""
    guarded = {"development": False, "stream_token_key": SIGNING_KEY, **changes}
    return api_settings(redis_url, database_url, **guarded)


def sqlite_url(folder: Path) -> str:
    return f"sqlite:///{folder / 'once.db'}"


def owe_nothing(folder: Path) -> None:
    """Forget unfinished jobs; else the API would give them back to the Redis of the next test."""
    with contextlib.closing(sqlite3.connect(folder / "once.db", timeout=5)) as library, library:
        library.execute("DELETE FROM accepted_job")


@contextlib.contextmanager
def serving(settings: ApiSettings) -> Iterator[str]:
    """Serve until the block is left; yields the base URL."""
    server = make_server(create_app(settings), settings)
    thread = threading.Thread(target=server.run, name="api")
    thread.start()
    loop: asyncio.AbstractEventLoop | None = None
    try:
        wait_until(lambda: server.started, seconds=10, what="the API serves")
        loop = server.servers[0].get_loop()
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}"
    finally:
        server.exit_soon()
        thread.join(15)
        if thread.is_alive():
            raise AssertionError(f"the API did not stop: {_awaited(loop)}")


def _awaited(loop: asyncio.AbstractEventLoop | None) -> str:
    """What the tasks of a loop wait for."""
    told = io.StringIO()
    for task in asyncio.all_tasks(loop) if loop else ():
        task.print_stack(file=told)
    return told.getvalue()


def events_path(job_id: str) -> str:
    return f"/v1/jobs/{job_id}/events"


@dataclass
class Told:
    """What one reader was told, and where its cursor stands."""

    events: list[httpx2.ServerSentEvent] = field(default_factory=list)
    last_id: str | None = None
    closed: bool = False
    """The server ended the stream."""

    def names(self) -> list[str]:
        return [event.event for event in self.events]

    def of(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(event.data) for event in self.events if event.event == name]

    def text(self) -> str:
        return "".join(str(event["text"]) for event in self.of("token"))

    def indexes(self) -> list[object]:
        return [event["index"] for event in self.of("token")]


def read_stream(
    http: httpx2.Client, path: str, *, last_id: str | None = None, most: int = 10_000
) -> Told:
    """Read until the server ends the stream, or until `most` events have come."""
    told = Told()
    headers = {} if last_id is None else {"Last-Event-ID": last_id}
    with http.stream("GET", path, headers=headers) as response:
        collect(response, told, most=most)
    return told


def collect(response: httpx2.Response, told: Told, *, most: int = 10_000) -> None:
    if response.status_code != 200:
        response.read()
        raise AssertionError(f"{response.status_code}: {response.text}")
    for event in httpx2.EventSource(response):
        told.events.append(event)
        if event.id:
            told.last_id = event.id
        if len(told.events) >= most:
            return
    told.closed = True


class Reader(threading.Thread):
    """Reads a stream in the background."""

    def __init__(self, url: str, path: str) -> None:
        super().__init__(name="reader", daemon=True)
        self._url, self._path = url, path
        self.told = Told()
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            with (
                httpx2.Client(base_url=self._url, timeout=30) as http,
                http.stream("GET", self._path) as response,
            ):
                collect(response, self.told)
        except Exception as error:
            self.failure = error

    def wait_for(self, name: str, count: int = 1, *, seconds: float = 10) -> None:
        wait_until(
            lambda: self.told.names().count(name) >= count or self.failure is not None,
            seconds=seconds,
            what=f"{count} {name} among {self.told.names()}",
        )
        assert self.failure is None, self.failure

    def finish(self, *, seconds: float = 15) -> Told:
        self.join(seconds)
        assert not self.is_alive(), f"still reading after {self.told.names()[-5:]}"
        assert self.failure is None, self.failure
        return self.told


@contextlib.contextmanager
def reading(url: str, job_id: str) -> Iterator[Reader]:
    reader = Reader(url, events_path(job_id))
    reader.start()
    yield reader


def assert_whole(told: Told, tokens: int, *, first: int = 1) -> None:
    """Every token from `first` on exactly once and in order, and the ending after them."""
    assert told.indexes() == list(range(first, tokens + 1))
    assert told.text() == story(tokens).removeprefix(story(first - 1))
    assert told.names()[-1] in ("done", "cancelled", "error")


def stalled_reader(url: str, job: str) -> contextlib.AbstractContextManager[None]:
    """Asks for a stream and then never reads."""
    return unanswered(httpx2.Request("GET", f"{url}{events_path(job)}"))


@contextlib.contextmanager
def unanswered(request: httpx2.Request) -> Iterator[None]:
    """Asks, reads nothing, and leaves with the block."""
    address, path = (request.url.host, request.url.port or 80), request.url.raw_path.decode()
    lines = [f"{request.method} {path} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    with socket.create_connection(address, timeout=5) as connection:
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + request.read())
        yield
