"""A story that Redis has forgotten is told from the archive: the same events, the same cursors."""

import asyncio

import httpx2
import pytest
from sqlalchemy import text

from services.api.db.database import Database
from shared.events import CheckpointEvent, ChosenLogprob, TokenEvent
from shared.joblog import Verdict, commands
from tests.unit.api.acting import MODEL, Actor, story
from tests.unit.api.library.test_archive import forget_everything, wait_for_archived
from tests.unit.api.library.writing import refusal
from tests.unit.api.serving import Told, assert_whole, events_path, read_stream

CHARACTERS = [("狐", [1, 2, 3]), ("", [4]), ("\0\u2028", [5])]
"""Several tokens for one character, a token without text, and hostile text."""


def forget(redis_url: str, database_url: str) -> None:
    """Once it is archived."""
    wait_for_archived(database_url)
    forget_everything(redis_url)


def wire(told: Told) -> list[tuple[str, str, str]]:
    return [(event.event, event.id, event.data) for event in told.events]


def tell(actor: Actor, tokens: int = 5) -> None:
    actor.claim()
    actor.write(3, checkpoint=True)
    actor.write(tokens - 3, checkpoint=True)
    actor.finish()


def test_forgotten_story_is_told_event_for_event_from_every_cursor(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str, database_url: str
) -> None:
    tell(actor)
    path = events_path(job)
    cursors = [None, "0", "1", "3", "5"]
    before = [wire(read_stream(http, path, last_id=cursor)) for cursor in cursors]
    http.cookies.clear()
    forget(redis_url, database_url)
    after = [read_stream(http, path, last_id=cursor) for cursor in cursors]
    assert [wire(told) for told in after] == before
    assert after[0].names() == [*["token"] * 3, "checkpoint", *["token"] * 2, "checkpoint", "done"]
    assert_whole(after[0], 5)


def test_end_is_told_once_more_and_then_there_is_no_content(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str, database_url: str
) -> None:
    tell(actor)
    forget(redis_url, database_url)
    assert read_stream(http, events_path(job), last_id="5").names() == ["done"]
    again = http.get(events_path(job), headers={"Last-Event-ID": "5"})
    assert (again.status_code, again.content) == (204, b"")


def test_tokens_keep_their_boundaries_and_probabilities(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str, database_url: str
) -> None:
    claim, index = actor.claim(), 0
    for words, ids in CHARACTERS:
        index += len(ids)
        likely = [ChosenLogprob(id=id, text="?", logprob=-0.5, top=[]) for id in ids]
        token = TokenEvent(index=index, text=words, ids=ids, logprobs=likely if words else None)
        marks = [] if words else [CheckpointEvent(index=index, sha256="cc")]
        append = commands.append(job, claim.epoch, token, *marks, model=MODEL)
        assert actor.joblog.run(append) is Verdict.OK
    actor.written = index
    actor.finish("".join(words for words, _ in CHARACTERS))
    before = wire(read_stream(http, events_path(job)))
    forget(redis_url, database_url)
    assert wire(read_stream(http, events_path(job))) == before
    assert read_stream(http, events_path(job), last_id="3").indexes() == [4, 5]
    for cursor in ("1", "2", "6"):
        answer = http.get(events_path(job), params={"after": cursor})
        assert refusal(answer) == (400, "invalid_cursor")


@pytest.mark.parametrize("end", ["fail", "cancel", "cancel in the queue"])
def test_other_endings_are_told_again(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str, database_url: str, end: str
) -> None:
    if end != "cancel in the queue":
        actor.claim()
        actor.write(2)
    if end == "fail":
        actor.fail()
    else:
        http.delete(f"/v1/jobs/{job}")
    before = wire(read_stream(http, events_path(job)))
    forget(redis_url, database_url)
    assert wire(read_stream(http, events_path(job))) == before


def test_forgotten_story_of_somebody_else_is_unknown(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str, database_url: str
) -> None:
    tell(actor)
    forget(redis_url, database_url)
    answer = http.get(events_path(job), headers={"Authorization": "Bearer ben"})
    assert refusal(answer) == (404, "unknown_job")
    assert refusal(http.get(events_path("0" * 32))) == (404, "unknown_job")


def test_story_that_was_archived_without_its_tokens_says_so(
    http: httpx2.Client, job: str, actor: Actor, redis_url: str, database_url: str
) -> None:
    tell(actor)
    forget(redis_url, database_url)
    asyncio.run(_forget_log(database_url))
    assert refusal(http.get(events_path(job))) == (410, "events_gone")
    assert http.get(f"/v1/jobs/{job}").json()["text"] == story(5)


async def _forget_log(database_url: str) -> None:
    database = Database(database_url)
    async with database.writing() as session:
        await session.execute(text("UPDATE archived_job SET log = NULL"))
    await database.close()
