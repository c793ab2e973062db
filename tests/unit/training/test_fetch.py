"""Books from a mirror that fails, throttles, truncates and revises, and from a local folder."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from training.catalogue import CatalogueBook, read_catalogue, write_catalogue
from training.download import LONGEST_WAIT_SECONDS, Mirror
from training.fetch import fetch, main
from training.manifest import Manifest, sha256_of

TEXT = b"There was once a mill. " * 40
Answer = tuple[int, dict[str, str], bytes]


class Library(ThreadingHTTPServer):
    """Gives the answers of its script in turn, then the book; keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.script: list[Answer] = []
        self.asked: list[tuple[str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{{number}}.txt"


class Handler(BaseHTTPRequestHandler):
    server: Library

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers["User-Agent"]))
        whole = (200, {"Content-Length": str(len(TEXT))}, TEXT)
        status, headers, body = self.server.script.pop(0) if self.server.script else whole
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Keep the tests' output clean."""


@pytest.fixture
def library() -> Iterator[Library]:
    with Library() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def book(number: int, content: bytes = TEXT) -> CatalogueBook:
    return CatalogueBook.model_validate(
        {
            "number": number,
            "title": "The Mill & the Sea",
            "author": "Nobody",
            "collection": "mills",
            "bytes": len(content),
            "sha256": sha256_of(content),
            "held_out": False,
        }
    )


def fetched(
    library: Library, out: Path, *books: CatalogueBook
) -> tuple[dict[str, int], list[str], list[float]]:
    slept = list[float]()
    with Mirror(library.address, pause=7, sleep=slept.append, back_off=0.001) as mirror:
        done = fetch(books, mirror, out, accept_changed=False)
    return dict(done.counts), done.problems, slept


def test_books_are_asked_for_one_by_one_with_a_pause_and_an_honest_name(
    library: Library, tmp_path: Path
) -> None:
    counts, problems, slept = fetched(library, tmp_path, book(1), book(2))
    assert (counts["fetched"], problems, slept) == (2, [], [7])
    assert (tmp_path / "mills" / "pg1_The_Mill_the_Sea.txt").read_bytes() == TEXT
    assert [path for path, _ in library.asked] == ["/1.txt", "/2.txt"]
    assert all(agent.startswith("once-training-fetch/") for _, agent in library.asked)


def test_what_is_there_and_whole_is_not_asked_for_again(library: Library, tmp_path: Path) -> None:
    fetched(library, tmp_path, book(1), book(2))
    (tmp_path / "mills" / "pg2_The_Mill_the_Sea.txt").write_bytes(b"half")
    library.asked.clear()
    counts, _, _ = fetched(library, tmp_path, book(1), book(2))
    assert counts["there before"] == 1
    assert [path for path, _ in library.asked] == ["/2.txt"]


def test_failures_and_truncated_answers_are_tried_again(library: Library, tmp_path: Path) -> None:
    library.script = [
        (503, {}, b""),
        (200, {"Content-Length": str(len(TEXT))}, TEXT[:100]),
        (429, {"Retry-After": "9"}, b""),
    ]
    counts, problems, slept = fetched(library, tmp_path, book(1))
    assert (counts["fetched"], problems) == (1, [])
    assert 9 in slept
    assert (tmp_path / "mills" / "pg1_The_Mill_the_Sea.txt").read_bytes() == TEXT


def test_a_missing_book_is_told_and_the_next_one_fetched(library: Library, tmp_path: Path) -> None:
    library.script = [(404, {}, b"")]
    counts, problems, _ = fetched(library, tmp_path, book(1), book(2))
    assert counts["fetched"] == 1
    assert len(problems) == 1
    assert "404" in problems[0]


def test_a_mirror_that_wants_to_be_left_alone_is(library: Library, tmp_path: Path) -> None:
    library.script = [(429, {"Retry-After": str(int(LONGEST_WAIT_SECONDS) + 1)}, b"")]
    counts, problems, slept = fetched(library, tmp_path, book(1), book(2))
    assert (counts, slept, len(library.asked)) == ({}, [], 1)
    assert "come back in 121 seconds" in problems[0]


def test_an_endless_failure_ends(library: Library, tmp_path: Path) -> None:
    library.script = [(500, {}, b"")] * 20
    _, problems, _ = fetched(library, tmp_path, book(1))
    assert "500" in problems[0]
    assert not list(tmp_path.rglob("*.txt*"))


def run(library: Library, folder: Path, *options: str) -> int:
    write_catalogue(folder / "catalogue.csv", [book(1, b"an older edition")])
    places = ["--catalogue", str(folder / "catalogue.csv"), "--out", str(folder / "books")]
    return main([*places, "--mirror", library.address, "--pause", "0", *options])


def test_a_revised_file_is_refused_or_else_kept_and_recorded(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(library, tmp_path) == 1
    assert "--accept-changed keeps it" in capsys.readouterr().err
    assert not list(tmp_path.rglob("*.txt"))
    assert run(library, tmp_path, "--accept-changed") == 0
    recorded = Manifest.read(tmp_path / "books" / "manifest.json")
    assert list(recorded.outputs.values()) == [sha256_of(TEXT)]
    asked = len(library.asked)
    assert run(library, tmp_path) == 0
    assert len(library.asked) == asked


def test_a_damaged_file_is_never_taken_for_one_that_was_accepted(
    library: Library, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(library, tmp_path, "--accept-changed") == 0
    (damaged,) = tmp_path.rglob("*.txt")
    damaged.write_bytes(b"half")
    for _ in range(2):
        library.script = [(404, {}, b"")]
        assert run(library, tmp_path) == 1
        assert "404" in capsys.readouterr().err
        assert not Manifest.read(tmp_path / "books" / "manifest.json").outputs


def test_a_local_folder_is_recognised_by_number_or_sum(tmp_path: Path) -> None:
    folder, out = tmp_path / "mine", tmp_path / "books"
    for name in ("a/1.txt", "b/some name.txt", "b/letters.txt", "loose.txt", "c/2-0.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    catalogue = [book(1, b"a/1.txt"), book(503, b"b/some name.txt"), book(2, b"another edition")]
    write_catalogue(tmp_path / "catalogue.csv", catalogue)
    options = ["--catalogue", str(tmp_path / "catalogue.csv"), "--out", str(out)]
    assert main([*options, "--from", str(folder)]) == 1
    found = {path.relative_to(out).as_posix() for path in out.rglob("*.txt")}
    title = "The_Mill_the_Sea.txt"
    assert found == {
        f"mills/pg1_{title}",
        f"mills/pg503_{title}",
        "b/letters.txt",
        "others/loose.txt",
    }


def test_the_catalogue_is_sound() -> None:
    books = read_catalogue()
    assert len({book.number for book in books}) == len(books) == 132
    held_out = {book.number for book in books if book.held_out}
    assert held_out == {27826, 18674, 32217, 30400}
