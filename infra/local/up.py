"""`make up`: Redis, one API, one worker and the writing room on this machine, until Ctrl-C."""

import contextlib
import fcntl
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import httpx2
from pydantic import Field
from redis.exceptions import ResponseError

from infra.local.redis_server import redis_answers, redis_command
from infra.local.supervisor import (
    Service,
    StartError,
    StopFlag,
    Stopped,
    start_and_wait,
    stop_all,
)
from shared.settings import LibraryPlace, load_settings

START_SECONDS = 120.0
HOST = "127.0.0.1"
Port = Annotated[int, Field(ge=1, le=65_535)]


class UpSettings(LibraryPlace):
    """What may differ from one machine to the next."""

    redis_url: str | None = None
    redis_port: Port = 6379
    api_port: Port = 8000
    ui_port: Port = 8501
    development: bool = True


def main() -> int:
    settings = load_settings(UpSettings)
    stop = StopFlag()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop.ask)
    services: list[Service] = []
    try:
        with _only_one(settings.data_dir):
            _up(settings, services, stop)
    except Stopped:
        print("\nStopping...", flush=True)
    except (StartError, OSError) as error:
        return _fail(str(error))
    finally:
        stop_all(services)
    print("Stopped. Every story is kept under", settings.data_dir)
    return 0


def _up(settings: UpSettings, services: list[Service], stop: StopFlag) -> None:
    began = time.monotonic()
    print("Starting...", flush=True)
    _require_free(settings.api_port, "API_PORT")
    _require_free(settings.ui_port, "UI_PORT")
    if settings.api_port == settings.ui_port:
        raise StartError("API_PORT and UI_PORT must differ")
    redis_url = _given_redis(settings.redis_url) or _start_redis(settings, services, stop)
    new = _services(settings, redis_url)
    services += new
    start_and_wait(new, stop, seconds=START_SECONDS)
    print(
        f"Ready in {time.monotonic() - began:.0f} s.\n\n"
        f"  Writing room  http://{HOST}:{settings.ui_port}\n"
        f"  API           http://{HOST}:{settings.api_port}  (see /openapi.json, /docs)\n"
        f"  Redis         {redis_url}\n\n"
        f"Logs are in {settings.data_dir / 'log'}. Ctrl-C stops everything.",
        flush=True,
    )
    _supervise(services, stop)


def _given_redis(url: str | None) -> str | None:
    """The user's own Redis, if one is set. Raises StartError if it does not answer, or refuses."""
    try:
        if url and not redis_answers(url):
            raise StartError("the Redis that REDIS_URL names does not answer; start it or unset it")
    except (ValueError, ResponseError) as error:
        raise StartError(f"REDIS_URL names no Redis ({error}); change or unset it") from error
    return url


def _start_redis(settings: UpSettings, services: list[Service], stop: StopFlag) -> str:
    port = settings.redis_port if _is_free(settings.redis_port) else _any_free_port()
    folder = settings.data_dir / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    url = f"redis://{HOST}:{port}/0"
    service = Service(
        "redis",
        redis_command(port, folder.resolve()),
        _log_file(settings, "redis"),
        lambda: redis_answers(url),
    )
    services.append(service)
    start_and_wait([service], stop, seconds=START_SECONDS)
    return url


def _services(settings: UpSettings, redis_url: str) -> list[Service]:
    env = environment(settings, redis_url)
    api_url = env["API_URL"]

    def service(name: str, is_ready: Callable[[], bool]) -> Service:
        command = [sys.executable, "-m", f"services.{name}"]
        return Service(name, command, _log_file(settings, name), is_ready, env)

    return [
        service("worker", lambda: _get_ok(f"{api_url}/readyz")),
        service("api", lambda: _get_ok(f"{api_url}/healthz")),
        service("ui", lambda: _get_ok(f"http://{HOST}:{settings.ui_port}/_stcore/health")),
    ]


def environment(settings: UpSettings, redis_url: str) -> dict[str, str]:
    """What the services are told beside what they read themselves."""
    return {
        "REDIS_URL": redis_url,
        "API_HOST": HOST,
        "API_PORT": str(settings.api_port),
        "API_URL": f"http://{HOST}:{settings.api_port}",
        "DATABASE_URL": settings.database_url,
        "DEVELOPMENT": str(settings.development).lower(),
        "UI_PORT": str(settings.ui_port),
    }


def _supervise(services: list[Service], stop: StopFlag) -> None:
    """Restart what dies. Ends by raising Stopped."""
    while True:
        for service in services:
            end = service.end if service.ended else ""
            if service.restart_if_due():
                print(f"{service.name} had ended and was started again: {end}", flush=True)
        stop.pause()


def _log_file(settings: UpSettings, name: str) -> Path:
    folder = settings.data_dir / "log"
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.log"


@contextlib.contextmanager
def _only_one(data_dir: Path) -> Iterator[None]:
    """Hold the data folder's lock. Raises StartError if it is no folder or another run holds it."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StartError(f"DATA_DIR={data_dir} is no folder to write into: {error}") from error
    with (data_dir / "up.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(f"Once is already running on {data_dir}/") from None
        yield


def _require_free(port: int, name: str) -> None:
    if not _is_free(port):
        raise StartError(f"port {port} is taken; choose another: {name}={port + 10} make up")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def _any_free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _get_ok(url: str) -> bool:
    try:
        # A proxy that the environment names has nothing to do with this machine's own services.
        return httpx2.get(url, timeout=2, trust_env=False).status_code == httpx2.codes.OK
    except httpx2.TransportError:
        return False


def _fail(message: str) -> int:
    print(message, file=sys.stderr)
    return 1
