"""One pub/sub connection for all readers of this process. Knows channels, no jobs and no HTTP.

Live events are a courtesy, the log is the truth: whatever this connection loses, and whenever it
was away, the readers of the channels concerned are told to look into the log.
"""

import asyncio
import contextlib
import math
import random
import time
from collections.abc import Iterator

import anyio
import structlog
from pydantic import ValidationError
from redis.asyncio import Connection
from redis.exceptions import RedisError

from services.api.mailbox import Mailbox
from shared.connections import listening_connection
from shared.events import parse_message
from shared.joblog import keys
from shared.metrics import ApiMetrics

PROBE_SECONDS = 5.0
"""So often the connection is asked for a sign of life, which comes behind all that is on its way:
it tells how late live events are."""
SILENCE_SECONDS = 10.0
"""A sign of life that takes longer is not waited for: the connection counts as broken."""
LONGEST_BACKOFF_SECONDS = 2.0
CLOSE_SECONDS = 1.0
_log = structlog.get_logger(__name__)


class Hub:
    def __init__(self, redis_url: str, metrics: ApiMetrics) -> None:
        self._metrics = metrics
        self._redis_url = redis_url
        self._boxes: dict[str, set[Mailbox]] = {}
        """By channel, as are the ids."""
        self._job_ids: dict[str, str] = {}
        self._subscribed: set[str] = set()
        self._changed = asyncio.Event()
        self._answered = asyncio.Event()
        self._closed = False

    @contextlib.contextmanager
    def open(self, job_id: str) -> Iterator[Mailbox]:
        """A box that receives the job's live events until the block is left."""
        channel = keys.job(job_id)
        box = Mailbox()
        self._boxes.setdefault(channel, set()).add(box)
        self._job_ids[channel] = job_id
        if channel in self._subscribed:
            box.confirm()
        if self._closed:
            box.close()
        self._changed.set()
        try:
            yield box
        finally:
            box.leave()
            self._boxes[channel].discard(box)
            if not self._boxes[channel]:
                del self._boxes[channel], self._job_ids[channel]
            self._changed.set()

    def followed(self) -> list[str]:
        """Ids of the jobs that somebody listens to here."""
        return list(self._job_ids.values())

    @property
    def closed(self) -> bool:
        return self._closed

    def close(self) -> None:
        """Ask every reader to leave: an open stream would hold up the exit of the process."""
        self._closed = True
        for boxes in self._boxes.values():
            for box in boxes:
                box.close()

    async def run(self) -> None:
        """Listen until cancelled, through any number of broken connections.

        Cancel it through an anyio scope, which insists: on Python 3.11 `asyncio.wait_for`, inside
        redis-py, can swallow a single cancellation, and the process would not exit.
        """
        failures = 0
        while True:
            try:
                await self._serve_one_connection()
            except* (RedisError, OSError) as group:
                reason = repr(group.exceptions[0])
                _log.warning("live events interrupted", reason=reason, failures=failures)
            except* Exception:
                # The outermost level: without this loop every reader would only poll.
                _log.exception("live events failed")
            failures = 0 if self._subscribed else failures + 1
            self._subscribed.clear()
            delay = min(LONGEST_BACKOFF_SECONDS, 0.05 * 2 ** min(failures, 10))
            await asyncio.sleep(delay * random.uniform(0.5, 1))

    async def _serve_one_connection(self) -> None:
        """Returns by an exception only; its tasks live on one connection and die with it.

        Not on redis-py's PubSub, which mends a broken subscription silently, and what was published
        meanwhile is gone; and which takes four times as long for a message.
        """
        connection = listening_connection(self._redis_url)
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._match_subscriptions, connection)
                tasks.start_soon(self._listen, connection)
                tasks.start_soon(self._probe, connection)
        finally:
            with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                await connection.disconnect()

    async def _match_subscriptions(self, connection: Connection) -> None:
        asked: set[str] = set()
        while True:
            self._changed.clear()
            wanted = set(self._boxes)
            if new := wanted - asked:
                await connection.send_command("SUBSCRIBE", *new)
            if old := asked - wanted:
                self._subscribed -= old
                await connection.send_command("UNSUBSCRIBE", *old)
            asked = wanted
            await self._changed.wait()

    async def _listen(self, connection: Connection) -> None:
        while True:
            message = await connection.read_response(timeout=math.inf, disconnect_on_error=False)
            if isinstance(message, list):
                self._handle(*message)
            else:  # the answer to a probe, while nothing is subscribed
                self._answered.set()

    async def _probe(self, connection: Connection) -> None:
        while True:
            self._answered.clear()
            asked = time.monotonic()
            await connection.send_command("PING")
            async with asyncio.timeout(SILENCE_SECONDS):
                await self._answered.wait()
            self._metrics.relay_lag.observe(time.monotonic() - asked)
            await asyncio.sleep(PROBE_SECONDS)

    def _handle(self, kind: str, channel: str, data: str = "") -> None:
        if kind == "message":
            self._deliver(channel, data)
        elif kind == "subscribe":
            self._confirm(channel)
        elif kind == "pong":
            self._answered.set()

    def _confirm(self, channel: str) -> None:
        if channel in self._boxes:
            self._subscribed.add(channel)
        for box in self._boxes.get(channel, ()):
            box.confirm()

    def _deliver(self, channel: str, payload: str) -> None:
        boxes = self._boxes.get(channel, ())
        try:
            events = parse_message(payload)
        except ValidationError as error:
            _log.error("not an event", channel=channel, reason=str(error))
            for box in boxes:
                box.miss()
            return
        for box in boxes:
            box.put(*events)
