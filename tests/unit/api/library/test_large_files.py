"""A large story that leaves the library or comes in holds up whoever asked, and nobody else."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import httpx2
import pytest

from services.api import dependencies
from services.api.bodies import M, validated
from services.api.library import exporting
from services.api.library.plain import as_text
from tests.unit.api.library.test_exports import export
from tests.unit.api.library.writing import ON_SQLITE, Writer

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Gate:
    """Holds up what comes through until somebody else has been served."""

    url: httpx2.URL
    _come: threading.Event = field(default_factory=threading.Event)
    _opened: threading.Event = field(default_factory=threading.Event)

    def pass_through(self) -> None:
        self._come.set()
        self._opened.wait(20)

    def answer(self, ask: Callable[[], T]) -> T:
        """What is asked for, which comes to this gate."""
        with ThreadPoolExecutor(1) as caller:
            asked = caller.submit(ask)
            try:
                assert self._come.wait(10)
                assert httpx2.get(f"{self.url}/v1/stories", timeout=5).status_code == 200
            finally:
                self._opened.set()
            return asked.result()


@ON_SQLITE
def test_nobody_waits_for_a_file_that_is_made(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, gate = writer.told(), Gate(writer.http.base_url)

    def slow(title: str, story: str) -> str:
        gate.pass_through()
        return as_text(title, story)

    monkeypatch.setattr(exporting, "as_text", slow)
    content = gate.answer(lambda: export(writer, told, "txt"))
    assert content.decode() == as_text(told.title, told.passages[-1].text)


@ON_SQLITE
def test_nobody_waits_for_a_file_that_is_judged(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate(writer.http.base_url)
    file = export(writer, writer.told(), "json")

    def slow(body: bytes, kind: type[M]) -> M:
        gate.pass_through()
        return validated(body, kind)

    monkeypatch.setattr(dependencies, "validated", slow)
    path = "/v1/stories/import"
    answer = gate.answer(lambda: writer.http.post(path, content=file))
    assert answer.status_code == 201, answer.text
