"""Orders to a worker to die as in a crash: they show, in development, that its stories do not mind.

An order is taken once, so that a worker which comes back under the same name lives.
"""

from shared.joblog import keys
from shared.joblog.command import Command

KEPT_SECONDS = 3
"""Several heartbeats. What is not taken by then was not for whoever may come next."""


def order(worker: str) -> Command[bool]:
    return Command(("SET", keys.kill_order(worker), "now", "EX", KEPT_SECONDS), bool)


def take(worker: str) -> Command[bool]:
    """Whether the worker is to die."""
    return Command(("GETDEL", keys.kill_order(worker)), bool)
