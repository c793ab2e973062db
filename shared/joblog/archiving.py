"""How ended jobs are handed out, until somebody says of each that it is archived."""

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


def acknowledge(entry: EndedEntry) -> Command[int]:
    """Say that a job is archived, so that nobody is handed it again."""
    return Command(("XACK", keys.ENDED, keys.ARCHIVE_GROUP, entry.entry_id), int)
