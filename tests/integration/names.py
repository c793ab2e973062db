"""A name server that knows one name, as the network of containers has one."""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_QUESTION_AT = 12
_A_RECORD = 1


@dataclass
class Names:
    """`addresses` are those of the name at this moment."""

    port: int
    addresses: Sequence[str] = field(default_factory=list)

    def answer(self, question: bytes) -> bytes:
        """RFC 1035, 4.1: to a question for IPv4 addresses; any other kind has no records."""
        end = question.index(b"\0", _QUESTION_AT) + 5
        kind = struct.unpack(">H", question[end - 4 : end - 2])[0]
        known = self.addresses if kind == _A_RECORD else ()
        header = question[:2] + struct.pack(">HHHHH", 0x8580, 1, len(known), 0, 0)
        record = struct.pack(">HHHIH", 0xC00C, _A_RECORD, 1, 1, 4)
        records = b"".join(record + socket.inet_aton(each) for each in known)
        return header + question[_QUESTION_AT:end] + records


@contextlib.contextmanager
def name_server() -> Iterator[Names]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        names = Names(server.getsockname()[1])
        over = threading.Event()

        def serve() -> None:
            while True:
                question, asker = server.recvfrom(512)
                if over.is_set():
                    return
                server.sendto(names.answer(question), asker)

        thread = threading.Thread(target=serve)
        thread.start()
        yield names
        over.set()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", server.getsockname())
        thread.join()
