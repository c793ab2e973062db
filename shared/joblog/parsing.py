"""From Redis' answers to records. Knows field names, no key names."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

import structlog

from shared.errors import DamagedRecordError
from shared.events import (
    CancelledEvent,
    CheckpointEvent,
    DoneEvent,
    ErrorEvent,
    TerminalEvent,
    TokenEvent,
    parse_event,
)
from shared.joblog.records import (
    Backlog,
    Claim,
    EndedEntry,
    Estimated,
    Foretold,
    Job,
    LogEntry,
    Reaped,
    Statistics,
)
from shared.jobspec import JobSpec
from shared.operations import WorkerInfo
from shared.schemas import JobStatus, Priority

T = TypeVar("T")
_log = structlog.get_logger(__name__)


def job(fields: Mapping[str, str]) -> Job | None:
    """A damaged record is as good as none: among the others in a list it must not stop them."""
    if "spec" not in fields:
        return None
    try:
        return _job(fields)
    except (KeyError, ValueError) as error:
        _log.error("damaged record", job_id=fields.get("id"), reason=repr(error))
        return None


def damage(fields: Mapping[str, str]) -> str:
    """The sequence number in a damaged record, if it has one; of a whole one nothing."""
    return fields.get("sequence", "") if job(fields) is None else ""


def entries(answer: Sequence[tuple[str, Mapping[str, str]]], *, after: int) -> list[LogEntry]:
    """Raises DamagedRecordError: of a story with a hole nothing behind it can be told.

    Only the first may begin before the cursor, which then is none that a reader can have.
    """
    found: list[LogEntry] = []
    for entry_id, fields in answer:
        try:
            entry = _entry(fields)
        except (KeyError, ValueError) as error:
            raise DamagedRecordError("The log of this story is damaged.") from error
        follows = entry.token.start == after or (not found and entry.token.start < after)
        if not follows or entry_id != f"{entry.token.index}-0":
            raise DamagedRecordError("The log of this story lacks some of it.")
        after = entry.token.index
        found.append(entry)
    return found


def _job(fields: Mapping[str, str]) -> Job:
    return Job(
        id=fields["id"],
        tenant=fields["tenant"],
        model=fields["model"],
        priority=Priority(fields["priority"]),
        status=JobStatus(fields["status"]),
        epoch=int(fields["epoch"]),
        attempts=int(fields["epoch"]) - int(fields.get("epoch_base", 0)),
        owner=fields["owner"],
        count=int(fields["count"]),
        prompt_tokens=int(fields["prompt_tokens"]),
        spec=JobSpec.model_validate_json(fields["spec"]),
        sequence=int(fields["sequence"]),
        created_at=float(fields["created_at"]),
        started_at=_time(fields, "started_at"),
        ended_at=_time(fields, "ended_at"),
        ending=_terminal(fields["ending"]) if "ending" in fields else None,
        payer=fields.get("payer", fields["tenant"]),
        traceparent=fields.get("traceparent", ""),
        pickups=tuple(map(int, filter(None, fields.get("pickups", "").split(",")))),
        late_ending=_late_ending(fields),
    )


def status(answer: str | None) -> JobStatus | None:
    """That of a damaged record is as good as none, too."""
    if not answer:
        return None
    try:
        return JobStatus(answer)
    except ValueError as error:
        _log.error("damaged record", reason=repr(error))
        return None


def claim(answer: Sequence[str] | None) -> Claim | None:
    if not answer:
        return None
    job_id, epoch, spec, numeric_kind, traceparent, age_ms, *others = answer
    attempt, left_ms, first, worker, count, tenant = others
    return Claim(
        job_id,
        int(epoch),
        JobSpec.model_validate_json(spec),
        numeric_kind,
        traceparent,
        max(0, int(age_ms)) / 1000,
        int(attempt),
        None if left_ms == "" else int(left_ms) / 1000,
        bool(int(first)),
        worker,
        int(count),
        tenant,
    )


def reaped(answer: Sequence[str]) -> list[Reaped]:
    rows = zip(answer[::3], answer[1::3], answer[2::3], strict=True)
    return [Reaped(job_id, model, JobStatus(status)) for job_id, model, status in rows]


def ended(answer: Sequence[str]) -> list[EndedEntry]:
    pairs = zip(answer[::2], answer[1::2], strict=True)
    return [EndedEntry(entry_id, job_id) for entry_id, job_id in pairs]


def owned(answer: Sequence[str]) -> list[tuple[str, int]]:
    pairs = zip(answer[::2], answer[1::2], strict=True)
    return [(job_id, int(epoch)) for job_id, epoch in pairs]


def workers(answer: Sequence[str]) -> list[WorkerInfo]:
    return _understood(WorkerInfo.model_validate_json, answer)


def statistics(answer: Sequence[str | None]) -> Statistics:
    """Spoilt ones are as good as none: no job may be missed for what is only measured."""
    try:
        *counts, pace = (value or "0" for value in answer)
        stories, sized, shares, shares_squared, paces = map(int, counts)
        return Statistics(stories, sized, shares, shares_squared, paces, float(pace))
    except ValueError as error:
        _say_once("statistics not understood", str(answer), repr(error))
        return Statistics(0, 0, 0, 0, 0, 0.0)


def backlog(answer: Sequence[int]) -> Backlog:
    oldest_ms, running, tokens, *depths = answer
    return Backlog(
        depth=dict(zip(Priority, depths, strict=True)),
        oldest_age_seconds=None if oldest_ms < 0 else oldest_ms / 1000,
        running=running,
        outstanding_tokens=tokens,
    )


def estimates(answer: Sequence[str]) -> list[Estimated]:
    return _understood(_estimated, answer)


def numbers(answer: Sequence[str]) -> list[float]:
    return _understood(float, answer)


def _understood(read: Callable[[str], T], rows: Sequence[str]) -> list[T]:
    """Of things that say nothing of each other: one that another version wrote, or that was
    spoilt, must not hide the others.
    """
    found = []
    for row in rows:
        try:
            found.append(read(row))
        except (TypeError, ValueError) as error:
            _say_once("not understood", row, repr(error))
    return found


@lru_cache(maxsize=256)
def _say_once(event: str, row: str, reason: str) -> None:
    """Of what each submission reads again."""
    _log.error(event, row=row, reason=reason)


@lru_cache(maxsize=4096)
def _estimated(row: str) -> Estimated:
    """Each submission reads all that are kept, most of which the one before has read, too."""
    before, *told, seconds = row.split()
    return Estimated(Foretold(int(before), *map(float, told)), float(seconds))


def _entry(fields: Mapping[str, str]) -> LogEntry:
    checkpoint = fields["checkpoint"]
    return LogEntry(
        TokenEvent.model_validate_json(fields["event"]),
        CheckpointEvent.model_validate_json(checkpoint) if checkpoint else None,
    )


def _terminal(payload: str) -> TerminalEvent:
    event = parse_event(payload)
    if not isinstance(event, DoneEvent | ErrorEvent | CancelledEvent):
        raise ValueError(f"{event.type} is no ending")
    return event


def _late_ending(fields: Mapping[str, str]) -> DoneEvent | None:
    foreseen = fields.get("late_ending")
    return DoneEvent.model_validate_json(foreseen) if foreseen else None


def _time(fields: Mapping[str, str], name: str) -> float | None:
    return float(fields[name]) if name in fields else None
