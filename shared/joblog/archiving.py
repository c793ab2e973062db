"""How ended jobs are handed out, until somebody says of each that it is archived."""

from collections.abc import Sequence

from shared.joblog import keys, parsing
from shared.joblog.command import Command
from shared.joblog.records import EndedEntry
from shared.joblog.scripts import transition

TAKEOVER_MS = 30_000
"""An ended job that its archivist has not acknowledged by then is handed to another one."""


def collect(*, limit: int, takeover_ms: int = TAKEOVER_MS) -> Command[list[EndedEntry]]:
    """Ended jobs to archive: those that another archivist left behind, then new ones."""
    return transition(
        "collect", [keys.ENDED], [keys.ARCHIVE_GROUP, limit, takeover_ms], parsing.ended
    )


def acknowledge(entries: Sequence[EndedEntry]) -> Command[int]:
    """Say that jobs, at least one, are archived, so that nobody is handed them again."""
    ids = [entry.entry_id for entry in entries]
    return Command(("XACK", keys.ENDED, keys.ARCHIVE_GROUP, *ids), int)
