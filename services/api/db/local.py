"""SQLite: a file of this machine, for those who have no database server."""

import sqlite3
import time
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

WAIT_SECONDS = 5
"""For a connection, and for whoever is writing."""
_LOOK_AGAIN_SECONDS = 0.01


def prepared(engine: AsyncEngine) -> AsyncEngine:
    _prepare(engine.sync_engine)
    return engine


def direct_engine(url: URL) -> Engine:
    """For threads that wait for it."""
    engine = create_engine(url.set(drivername="sqlite"), pool_timeout=WAIT_SECONDS)
    _prepare(engine)
    return engine


def _prepare(engine: Engine) -> None:
    event.listen(engine, "connect", _connected)
    event.listen(engine, "begin", _begin)


def _connected(connection: Any, record: object) -> None:
    # We begin transactions ourselves: Python's driver would not begin one before a read.
    connection.isolation_level = None
    # SQLite's own lower() knows no letter beyond ASCII.
    connection.create_function("lower", 1, _lower)
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
    cursor.execute("PRAGMA foreign_keys = ON")
    _turn_to_wal(cursor)
    cursor.close()


def _turn_to_wal(cursor: Any) -> None:
    """Of two that turn a new file at once, SQLite refuses one without a wait: each reads it, and
    neither could write before the other has stopped.
    """
    give_up_at = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            time.sleep(_LOOK_AGAIN_SECONDS)


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
