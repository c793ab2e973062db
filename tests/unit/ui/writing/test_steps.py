"""Where a run of the page is led while another one handles a press."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import SimpleNamespace

import pytest

from services.ui.state import PageState
from services.ui.writing import steps
from services.ui.writing.address import OVERTAKEN_SECONDS, Address

HERE, THERE, ELSEWHERE = (Address("story", passage) for passage in ("p1", "p2", "p3"))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as pool:
        yield pool


class Bar:
    """The address bar. It always says the address that it said when the other runs were sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.says = HERE
        self.was_read = Event()
        monkeypatch.setattr(Address, "current", self._read)
        monkeypatch.setattr(Address, "go", lambda _: None)

    def _read(self) -> Address:
        self.was_read.set()
        return self.says


@pytest.fixture
def bar(monkeypatch: pytest.MonkeyPatch) -> Bar:
    return Bar(monkeypatch)


def test_a_run_waits_for_the_answer_to_a_press_and_goes_where_it_leads(
    bar: Bar, pool: ThreadPoolExecutor
) -> None:
    state = PageState()
    with steps.pressed(state) as start:
        bar.was_read.clear()
        run = pool.submit(steps.arrived, state)
        assert bar.was_read.wait(5)
        steps.lead(state, start, THERE)
    assert run.result(5) == THERE


def test_a_run_that_waited_goes_there_however_late_it_wakes(
    bar: Bar, pool: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 10.0
    monkeypatch.setattr(steps, "time", SimpleNamespace(monotonic=lambda: now))
    state = PageState()
    with steps.pressed(state) as start:
        bar.was_read.clear()
        run = pool.submit(steps.arrived, state)
        assert bar.was_read.wait(5)
        steps.lead(state, start, THERE)
        now += 2 * OVERTAKEN_SECONDS
    assert run.result(5) == THERE


def test_a_press_waits_for_the_one_before(bar: Bar, pool: ThreadPoolExecutor) -> None:
    state = PageState()
    done: list[str] = []

    def press_again() -> None:
        with steps.pressed(state):
            done.append("second")

    with steps.pressed(state):
        bar.was_read.clear()
        second = pool.submit(press_again)
        assert bar.was_read.wait(5)
        done.append("first")
    second.result(5)
    assert done == ["first", "second"]


def test_nobody_waits_for_a_press_that_broke_off(bar: Bar) -> None:
    state = PageState()
    with pytest.raises(SystemExit), steps.pressed(state):
        raise SystemExit
    assert state.press is not None
    assert state.press.is_over.is_set()
    assert steps.arrived(state) == HERE


def test_nobody_waits_for_a_press_somewhere_else(bar: Bar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "PRESS_SECONDS", None)  # The test's own limit would end the wait.
    state = PageState()
    with steps.pressed(state):
        bar.says = ELSEWHERE
        assert steps.arrived(state) == ELSEWHERE
