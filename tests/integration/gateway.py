"""The gateway in front of several APIs: HAProxy as docker-compose.yml configures it, if this
machine has one, else a stand-in that takes turns and tries the next where nobody listens.
"""

import contextlib
import re
import shutil
import socket
import threading
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

from tests.processes import free_port, process, wait_until
from tests.stack import answers

CONFIG = Path("infra/gateway/haproxy.cfg")


@contextlib.contextmanager
def gateway(
    ports: Sequence[int], folder: Path, program: str | None = shutil.which("haproxy")
) -> Iterator[int]:
    """Yields the port at which the APIs on these ports are one."""
    port = free_port()
    with _haproxy(program, port, ports, folder) if program else _stand_in(port, ports):
        wait_until(lambda: answers(f"http://127.0.0.1:{port}/healthz"), seconds=90, what="gateway")
        yield port


@contextlib.contextmanager
def discovering(names: int, apis: int, folder: Path) -> Iterator[int]:
    """HAProxy that asks the name server on this port for APIs, which listen on that port."""
    port = free_port()
    text = CONFIG.read_text().replace("bind :8000", f"bind 127.0.0.1:{port}")
    text = text.replace("parse-resolv-conf", f"nameserver here 127.0.0.1:{names}")
    config = folder / "haproxy.cfg"
    config.write_text(text.replace("api:8000", f"api:{apis}"))
    with process(["haproxy", "-db", "-f", str(config)], folder / "haproxy.log"):
        wait_until(lambda: _listens(port), seconds=10, what="gateway")
        yield port


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _haproxy(
    program: str, port: int, ports: Sequence[int], folder: Path
) -> contextlib.AbstractContextManager[object]:
    """The real configuration; only whom a container's name server would name is written out."""
    servers = "\n".join(f"    server api-{n} 127.0.0.1:{p}" for n, p in enumerate(ports))
    text = CONFIG.read_text().replace("bind :8000", f"bind 127.0.0.1:{port}")
    config = folder / "haproxy.cfg"
    config.write_text(re.sub(r" +server-template .*", servers, text))
    return process([program, "-db", "-f", str(config)], folder / "haproxy.log")


@contextlib.contextmanager
def _stand_in(port: int, ports: Sequence[int]) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port), backlog=64) as listener:
        threading.Thread(target=_serve, args=(listener, ports), daemon=True).start()
        yield
        listener.shutdown(socket.SHUT_RDWR)


def _serve(listener: socket.socket, ports: Sequence[int]) -> None:
    for turn in count():
        try:
            reader, _ = listener.accept()
        except OSError:
            return
        order = [ports[(turn + step) % len(ports)] for step in range(len(ports))]
        threading.Thread(target=_join, args=(reader, order), daemon=True).start()


def _join(reader: socket.socket, order: Sequence[int]) -> None:
    for port in order:
        try:
            api = socket.create_connection(("127.0.0.1", port), timeout=2)
        except OSError:
            continue
        api.settimeout(None)
        with reader, api:
            back = threading.Thread(target=_pump, args=(reader, api), daemon=True)
            back.start()
            _pump(api, reader)
            back.join()
        return
    reader.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    """Pass bytes on as they come, until one side is gone; then both are."""
    try:
        while piece := source.recv(65_536):
            target.sendall(piece)
    except OSError:
        pass  # as good an end as any
    for side in (source, target):
        with contextlib.suppress(OSError):
            side.shutdown(socket.SHUT_RDWR)
