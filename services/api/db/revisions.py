"""Which migrations a database has had, and whether this version can live with that."""

import functools

from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from shared.errors import LibraryOutdatedError


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", "services.api.db:migrations")
    return config


def require_current(connection: Connection) -> None:
    """Raises LibraryOutdatedError if a migration is missing.

    One that this version does not know is no harm: while versions are exchanged one by one, the
    older ones live on with what the newest has added.
    """
    needed, older = _revisions()
    found = MigrationContext.configure(connection).get_current_revision()
    if found is None or found in older:
        raise LibraryOutdatedError(
            f"The library's database is at revision {found or 'none'}, and this version needs "
            f"{needed}: run `python -m services.api.db upgrade`. No restart is needed."
        )


@functools.cache
def _revisions() -> tuple[str | None, frozenset[str]]:
    """The one that is needed, and those before it: all that this version knows."""
    scripts = ScriptDirectory.from_config(alembic_config())
    needed = scripts.get_current_head()
    return needed, frozenset(script.revision for script in scripts.walk_revisions()) - {needed}
