import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psutil
import pytest

from tests.bench.stack.beside import ALONE, SHARE, compared, started, stopped
from tests.bench.stack.figures import STEADY
from tests.processes import wait_until

ASLEEP = [sys.executable, "-c", "import sys; sys.stdin.read()"]


@pytest.mark.parametrize("engine_first", [True, False])
def test_stack_of_a_pair_is_what_was_started_for_it(engine_first: bool) -> None:
    order: list[str] = []
    ids: dict[str, int] = {}

    class Engine:
        def wait_ready(self, *, seconds: float) -> None:
            order.append("ready")

    @contextlib.contextmanager
    def running(name: str, what: Any) -> Iterator[Any]:
        with subprocess.Popen(ASLEEP, stdin=subprocess.PIPE) as process:
            order.append(name)
            ids[name] = process.pid
            yield what

    pair_of = started(
        lambda: running("stack", "server"),
        lambda: running("engine", Engine()),
        engine_first=engine_first,
    )
    with pair_of as pair:
        assert [each.pid for each in pair.stack] == [ids["stack"]]
    engine = ["engine", "ready"]
    assert order == ([*engine, "stack"] if engine_first else ["stack", *engine])


def test_processes_are_stopped_within_the_block_and_go_on_behind_it() -> None:
    with subprocess.Popen(ASLEEP, stdin=subprocess.PIPE) as started:
        process = psutil.Process(started.pid)

        def is_stopped() -> bool:
            return process.status() == psutil.STATUS_STOPPED

        def break_down() -> None:
            with stopped([process]):
                wait_until(is_stopped, seconds=10, what="stopped")
                raise RuntimeError("broke down")

        with pytest.raises(RuntimeError, match="broke down"):
            break_down()
        wait_until(lambda: not is_stopped(), seconds=10, what="going on")


def test_turn_of_a_stack_is_compared_with_the_engine() -> None:
    assert compared({STEADY: 90}, 100) == {ALONE: 100, SHARE: 0.9}


def test_streams_that_were_never_written_at_a_time_have_no_share() -> None:
    assert compared({}, 100) == {ALONE: 100}
