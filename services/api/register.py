"""Writes accepted jobs into the database: as many in one transaction as came while it wrote the
last one. Alone each would wait for all before it. Knows neither Redis nor HTTP.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from sqlalchemy.orm import Session

from services.api.db import accepted_jobs
from services.api.db.database import Database
from services.api.db.models import AcceptedJob
from services.api.idempotency import Ticket
from shared.errors import KeyReusedError, LibraryUnavailableError, ServiceError


@dataclass(eq=False, slots=True)
class _Entry:
    job: AcceptedJob
    ticket: Ticket | None
    tries: int = 0
    outcome: str | ServiceError | None = None


@dataclass(slots=True)
class Register:
    database: Database
    _waiting: list[_Entry] = field(default_factory=list)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def add(self, job: AcceptedJob, ticket: Ticket | None) -> str:
        """The id of the job, or of the one that its ticket stands for. On return it is committed.

        Raises KeyReusedError or LibraryUnavailableError; then it is not written. It may be if the
        caller is cancelled while somebody else writes: an accepted job that nobody waits for.
        """
        entry = _Entry(job, ticket)
        self._waiting.append(entry)
        try:
            async with self._turn:
                # Whoever comes first writes for all who wait.
                if entry.outcome is None:
                    await self._write()
        finally:
            if entry in self._waiting:  # its caller has left
                self._waiting.remove(entry)
        assert entry.outcome is not None, "whoever wrote has told"
        if isinstance(entry.outcome, ServiceError):
            raise entry.outcome
        return entry.outcome

    async def _write(self) -> None:
        """Those who wait now. If the caller leaves meanwhile, the next of them tries again."""
        entries = list(self._waiting)
        for entry in entries:
            entry.tries += 1
        outcomes: Sequence[str | ServiceError]
        try:
            outcomes = await self.database.write(partial(_add_all, entries))
        except LibraryUnavailableError as error:
            outcomes = [error] * len(entries)
        for entry, outcome in zip(entries, outcomes, strict=True):
            entry.outcome = outcome
        self._waiting = [entry for entry in self._waiting if entry.outcome is None]


def _add_all(entries: Sequence[_Entry], session: Session) -> list[str | ServiceError]:
    return [_add(entry, session) for entry in entries]


def _add(entry: _Entry, session: Session) -> str | ServiceError:
    if entry.tries > 1 and session.get(AcceptedJob, entry.job.id) is not None:
        return entry.job.id  # whoever wrote for it has left, and the thread went on
    try:
        return accepted_jobs.add(session, entry.job, entry.ticket)
    except KeyReusedError as error:
        return error
