"""The gateway's own promises: every byte as it comes, and a way around an API that is gone.

The stand-in makes the first two as well, so that tests may use it where there is no HAProxy.
"""

import contextlib
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx2
import pytest

from tests.integration.gateway import CONFIG, discovering, gateway
from tests.integration.names import name_server
from tests.processes import free_port, wait_until

HAPROXY = shutil.which("haproxy")
needs_haproxy = pytest.mark.skipif(HAPROXY is None, reason="no haproxy is installed")
EITHER = pytest.mark.parametrize(
    "program", [None, pytest.param(HAPROXY, marks=needs_haproxy)], ids=["stand-in", "haproxy"]
)


class SlowApi(BaseHTTPRequestHandler):
    """Says something at once, and the rest only when the reader has had it."""

    had_it = threading.Event()

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        if self.path == "/stream":
            self.wfile.write(b"first\n")
            self.wfile.flush()
            if not self.had_it.wait(10):
                return
        self.wfile.write(b"last\n")

    def log_message(self, *_: object) -> None:
        """Nothing: the test tells what went wrong."""


@pytest.fixture
def api() -> Iterator[int]:
    SlowApi.had_it.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), SlowApi) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@EITHER
def test_reader_has_each_line_before_the_next_is_written(
    program: str | None, api: int, tmp_path: Path
) -> None:
    with gateway([api], tmp_path, program) as port:
        url = f"http://127.0.0.1:{port}/stream"
        with httpx2.stream("GET", url, timeout=10) as answer:
            lines = answer.iter_lines()
            assert next(lines) == "first"
            SlowApi.had_it.set()
            assert next(lines) == "last"


@EITHER
def test_api_that_is_gone_is_gone_around(program: str | None, api: int, tmp_path: Path) -> None:
    with gateway([free_port(), api, free_port()], tmp_path, program) as port:
        for _ in range(6):
            assert httpx2.get(f"http://127.0.0.1:{port}/anything").text == "last\n"


@needs_haproxy
def test_metrics_are_not_for_readers(api: int, tmp_path: Path) -> None:
    with gateway([api], tmp_path) as port:
        for path in ("/metrics", "/metrics%0A", "/%6detrics", "/metrics?x=1"):
            assert httpx2.get(f"http://127.0.0.1:{port}{path}").status_code == 404


@needs_haproxy
def test_configuration_is_valid_as_it_is_shipped() -> None:
    subprocess.run([str(HAPROXY), "-c", "-q", "-f", CONFIG], check=True)


class NamedApi(BaseHTTPRequestHandler):
    """Says at which address it was asked."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(str(self.connection.getsockname()[0]).encode())

    def log_message(self, *_: object) -> None:
        """Nothing: the test tells what went wrong."""


@needs_haproxy
def test_apis_are_found_and_forgotten_as_the_name_server_says(tmp_path: Path) -> None:
    """The very configuration: an API is added, and one leaves, without a word to the gateway."""
    first, second = "127.0.0.2", "127.0.0.3"
    with contextlib.ExitStack() as exits:
        names = exits.enter_context(name_server())
        server = exits.enter_context(ThreadingHTTPServer(("0.0.0.0", 0), NamedApi))
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        exits.callback(thread.join)
        exits.callback(server.shutdown)
        port = exits.enter_context(discovering(names.port, server.server_port, tmp_path))

        def asked() -> set[str]:
            return {httpx2.get(f"http://127.0.0.1:{port}/").text for _ in range(4)}

        names.addresses = [first]
        wait_until(lambda: asked() == {first}, seconds=15, what="the first API is found")
        names.addresses = [first, second]
        wait_until(lambda: asked() == {first, second}, seconds=15, what="another API is found")
        names.addresses = [second]
        wait_until(lambda: asked() == {second}, seconds=15, what="the API that left is forgotten")
