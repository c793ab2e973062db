"""Who gets a processor's cores first: threads that compute, or those that pass things on."""

import contextlib
import os


def give_way(process: int = 0) -> None:
    """Have a process, or the one that calls, wait for a free core, or its turn, when it wakes.

    A thread that wakes takes the core of another one as a rule. One that computes with others, each
    a part of a step, then holds up all of them. It costs whoever gives way some milliseconds if all
    cores are busy. What it starts from then on gives way as well.

    On Linux, and where it is allowed; sandboxes differ. Nothing depends on it but speed.
    """
    if hasattr(os, "SCHED_BATCH"):
        _set_policy(process, os.SCHED_BATCH)


def compute() -> None:
    """Do not give way any more, in the thread that calls and those that it starts."""
    if hasattr(os, "SCHED_OTHER"):
        _set_policy(0, os.SCHED_OTHER)


def _set_policy(process: int, policy: int) -> None:
    with contextlib.suppress(OSError):
        os.sched_setscheduler(process, policy, os.sched_param(0))
