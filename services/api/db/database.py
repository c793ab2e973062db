"""Connections to SQLite or PostgreSQL. Waits are bounded, and failures have one name."""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import URL, Connection, event, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase

from services.api.db.revisions import require_current
from shared.errors import LibraryUnavailableError

WAIT_SECONDS = 5
"""For a connection, and for whoever is writing."""
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
_LOOK_AGAIN_SECONDS = 0.01


class Database:
    """Made without connecting; nobody needs the server before the first session."""

    def __init__(self, url: str) -> None:
        self.url = _with_driver(make_url(url))
        self.engine = _make_engine(self.url)
        # SQLite refuses to turn a read into a write once somebody else has written, so whoever is
        # going to write says so at the beginning. PostgreSQL ignores this.
        self._writing = self.engine.execution_options(begin="BEGIN IMMEDIATE")
        self._is_current = False
        # SQLite has one writer at a time, and lets the others look again after up to 100 ms: of
        # eight that accept jobs at once, one in twenty took 0.8 s. Those of one process queue here.
        self._turn = asyncio.Lock() if self.is_local else None

    @property
    def is_local(self) -> bool:
        """A file of this machine, so nobody else is there to migrate it."""
        return self.url.get_backend_name() == "sqlite"

    @contextlib.asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """Raises LibraryUnavailableError when the database is away, or older than this version."""
        with _named_failures():
            async with AsyncSession(self.engine, expire_on_commit=False) as session:
                await self._require_current(session)
                yield session

    @contextlib.asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncSession]:
        """Commits when the block is left without an error."""
        with _named_failures():
            async with (
                self._in_turn(),
                AsyncSession(self._writing, expire_on_commit=False) as session,
                session.begin(),
            ):
                await self._require_current(session)
                yield session

    @contextlib.asynccontextmanager
    async def migrating(self) -> AsyncIterator[AsyncConnection]:
        """A transaction on whatever tables there are."""
        with _named_failures():
            async with self._writing.begin() as connection:
                yield connection

    async def check(self) -> None:
        """Raises as `reading` does."""
        async with self.reading():
            return

    async def close(self) -> None:
        await self.engine.dispose()

    @contextlib.asynccontextmanager
    async def _in_turn(self) -> AsyncIterator[None]:
        if self._turn is None:
            yield
            return
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self._turn.acquire()
        except TimeoutError as error:
            raise LibraryUnavailableError("The library is busy; try again soon.") from error
        try:
            yield
        finally:
            self._turn.release()

    async def _require_current(self, session: AsyncSession) -> None:
        """Asked until it is so: whoever migrates the database need not restart its users."""
        if not self._is_current:
            await (await session.connection()).run_sync(require_current)
            self._is_current = True


async def lock(session: AsyncSession, name: str) -> None:
    """Whoever else locks this name waits until this transaction ends.

    For what no row can be locked for yet. SQLite has one writer at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def insert(session: AsyncSession, kind: type[DeclarativeBase]) -> sqlite.Insert | postgresql.Insert:
    """An insertion that may say what to do if the row is there; both databases say it alike."""
    if session.get_bind().dialect.name == "sqlite":
        return sqlite.insert(kind)
    return postgresql.insert(kind)


@contextlib.contextmanager
def _named_failures() -> Iterator[None]:
    try:
        yield
    except _AWAY as error:
        raise LibraryUnavailableError("The library does not answer; try again soon.") from error


def _with_driver(url: URL) -> URL:
    return url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))


def _make_engine(url: URL) -> AsyncEngine:
    if url.get_backend_name() != "sqlite":
        waits = f"-c lock_timeout={WAIT_SECONDS}s -c statement_timeout={2 * WAIT_SECONDS}s"
        return create_async_engine(
            url,
            pool_pre_ping=True,
            pool_timeout=WAIT_SECONDS,
            connect_args={"connect_timeout": WAIT_SECONDS, "options": waits},
        )
    if url.database:
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(url, pool_timeout=WAIT_SECONDS)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, record: object) -> None:
    # We begin transactions ourselves: Python's driver would not begin one before a read.
    connection.isolation_level = None
    connection.run_async(_prepare_driver)


async def _prepare_driver(driver: aiosqlite.Connection) -> None:
    # SQLite's own lower() knows no letter beyond ASCII.
    await driver.create_function("lower", 1, _lower)
    await driver.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
    await driver.execute("PRAGMA foreign_keys = ON")
    await _turn_to_wal(driver)


async def _turn_to_wal(driver: aiosqlite.Connection) -> None:
    """Of two that turn a new file at once, SQLite refuses one without a wait: each reads it, and
    neither could write before the other has stopped.
    """
    give_up_at = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            await driver.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > give_up_at:
                raise
            await asyncio.sleep(_LOOK_AGAIN_SECONDS)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN"))


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
