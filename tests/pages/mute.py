"""Stands before the API: every request reaches it, and no answer to some of them comes back."""

import contextlib
import socket
import threading
from collections.abc import Iterator
from socketserver import BaseRequestHandler, ThreadingTCPServer
from urllib.parse import urlparse


class MuteApi(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, api_url: str) -> None:
        super().__init__(("127.0.0.1", 0), _Line)
        api = urlparse(api_url)
        self.api = (api.hostname, api.port)
        self.unanswered: bytes | None = None
        """What a request's first bytes hold if it gets no answer."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Line(BaseRequestHandler):
    server: MuteApi

    def handle(self) -> None:
        self.is_mute = False
        with socket.create_connection(self.server.api) as api:
            asking = threading.Thread(target=self._ask, args=(api,), daemon=True)
            asking.start()
            while (answer := _heard(api)) and not self.is_mute:
                self.request.sendall(answer)
            for end in (api, self.request):
                with contextlib.suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            asking.join()

    def _ask(self, api: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while asked := _heard(self.request):
                unanswered = self.server.unanswered
                self.is_mute |= unanswered is not None and unanswered in asked
                api.sendall(asked)
            api.shutdown(socket.SHUT_WR)


def _heard(source: socket.socket) -> bytes:
    try:
        return source.recv(65_536)
    except OSError:
        return b""


@contextlib.contextmanager
def before(api_url: str) -> Iterator[MuteApi]:
    with MuteApi(api_url) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
