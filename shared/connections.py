"""How every service connects to Redis: bounded waits, answers as text."""

import redis
import redis.asyncio
from redis.backoff import NoBackoff
from redis.retry import Retry

TIMEOUT_SECONDS = 3.0


def connect(url: str) -> "redis.Redis":
    """A blocking client. Retries once, at once: that mends a connection the server had closed."""
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=Retry(NoBackoff(), 1),
    )


def connect_async(url: str) -> "redis.asyncio.Redis":
    """The same for asyncio."""
    return redis.asyncio.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=redis.asyncio.retry.Retry(NoBackoff(), 1),
    )


def listening_connection(url: str) -> "redis.asyncio.Connection":
    """One for pub/sub, not connected yet, that is never mended: a break is to be heard of.

    In RESP2, where a message is a list as any other answer.
    """
    pool = redis.asyncio.ConnectionPool.from_url(
        url,
        protocol=2,
        decode_responses=True,
        socket_timeout=TIMEOUT_SECONDS,
        socket_connect_timeout=TIMEOUT_SECONDS,
        retry=redis.asyncio.retry.Retry(NoBackoff(), 0),
    )
    connection: redis.asyncio.Connection = pool.make_connection()  # type: ignore[no-untyped-call]
    return connection
