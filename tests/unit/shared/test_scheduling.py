"""Whoever gives way does so with all that it starts, and a thread that computes does not."""

import errno
import os
import subprocess
import sys
import threading

import pytest

from shared.scheduling import compute, give_way

pytestmark = pytest.mark.skipif(
    not hasattr(os, "SCHED_BATCH"), reason="no such policy on this system"
)
CHILD = [sys.executable, "-c", "import os; print(os.sched_getscheduler(0))"]


def child_policy() -> int:
    return int(subprocess.run(CHILD, check=True, capture_output=True).stdout)


def policies() -> tuple[int, ...]:
    """Of a thread that gives way, of what it starts, and of it once it computes."""
    found: list[int] = []

    def note() -> None:
        give_way()
        found.extend([os.sched_getscheduler(0), child_policy()])
        compute()
        found.append(os.sched_getscheduler(0))

    thread = threading.Thread(target=note)
    thread.start()
    thread.join()
    return tuple(found)


def test_what_a_thread_starts_gives_way_as_well() -> None:
    assert policies() == (os.SCHED_BATCH, os.SCHED_BATCH, os.SCHED_OTHER)


def test_another_process_is_made_to() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        give_way(child.pid)
        assert os.sched_getscheduler(child.pid) == os.SCHED_BATCH
    finally:
        child.communicate(b"\n")


def test_where_it_is_forbidden_all_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "sched_setscheduler", refuse)
    give_way()
    compute()
