"""Connections to SQLite or PostgreSQL. Waits are bounded, and failures have one name."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TypeVar

from anyio import to_thread
from sqlalchemy import URL, Engine, func, make_url, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Session

from services.api.db.local import WAIT_SECONDS, direct_engine, prepared
from services.api.db.revisions import require_current
from shared.errors import LibraryUnavailableError

_T = TypeVar("_T")
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+psycopg"}
_AT_ONCE = "BEGIN IMMEDIATE"
_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)


class Database:
    """Made without connecting; nobody needs the server before the first session."""

    def __init__(self, url: str) -> None:
        self.url = _with_driver(make_url(url))
        self.engine = _make_engine(self.url)
        # SQLite refuses to turn a read into a write once somebody else has written, so whoever is
        # going to write says so at the beginning. PostgreSQL ignores this.
        self._writing = self.engine.execution_options(begin=_AT_ONCE)
        self._direct = direct_engine(self.url) if self.is_local else None
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

    async def read(self, work: Callable[[Session], _T]) -> _T:
        """What `work`, which only reads, comes to. As `write`, for what happens all the time."""
        if self._direct is None:
            async with self.reading() as session:
                return await session.run_sync(work)
        with _named_failures():
            return await to_thread.run_sync(self._directly, self._direct, work)

    async def write(self, work: Callable[[Session], _T]) -> _T:
        """What `work` comes to; committed if it does not raise. For what happens all the time: in
        SQLite it is one turn of another thread, where `writing` takes several for each statement.

        Raises as `reading` does.
        """
        if self._direct is None:
            async with self.writing() as session:
                return await session.run_sync(work)
        with _named_failures():
            async with self._in_turn():
                engine = self._direct.execution_options(begin=_AT_ONCE)
                return await to_thread.run_sync(self._directly, engine, work)

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
        if self._direct is not None:
            self._direct.dispose()

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

    def _directly(self, engine: Engine, work: Callable[[Session], _T]) -> _T:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            if not self._is_current:
                require_current(session.connection())
                self._is_current = True
            return work(session)

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


def insert(session: Session, kind: type[DeclarativeBase]) -> sqlite.Insert | postgresql.Insert:
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
    return prepared(create_async_engine(url, pool_timeout=WAIT_SECONDS))
