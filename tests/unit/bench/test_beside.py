import subprocess
import sys

import psutil
import pytest

from tests.bench.stack.beside import ALONE, SHARE, compared, stopped
from tests.bench.stack.figures import STEADY
from tests.processes import wait_until


def test_processes_are_stopped_within_the_block_and_go_on_behind_it() -> None:
    asleep = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(asleep, stdin=subprocess.PIPE) as started:
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
