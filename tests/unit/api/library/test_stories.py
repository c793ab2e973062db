"""Stories in the library: begun, listed, searched, renamed, deleted and restored."""

import asyncio
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import delete

from services.api.db.database import Database
from services.api.db.models import AcceptedJob
from shared.library import Origin
from shared.prompts import build_prompt
from shared.schemas import JobStatus, StoryControls
from tests.processes import free_port, redis_process
from tests.unit.api.acting import Actor, story
from tests.unit.api.library.test_archive import forget_everything, wait_for_archived
from tests.unit.api.library.writing import ON_SQLITE, SEED, Body, Writer, refusal, seen
from tests.unit.api.serving import api_settings, serving, sqlite_url


def test_story_begins_with_its_seed_and_a_passage_that_a_job_writes(
    writer: Writer, actor: Actor
) -> None:
    begun = writer.begin()
    seed, first = begun.passages
    assert (begun.title, begun.story_seed, begun.version) == (SEED, SEED, 1)
    assert (seed.origin, seed.text, seed.parent_id, seed.status) == (Origin.SEED, SEED, None, None)
    assert (first.origin, first.parent_id, first.text) == (Origin.MODEL, seed.id, "")
    assert first.status is JobStatus.QUEUED
    claim = actor.claim()
    assert claim.job_id == first.job_id
    assert claim.spec.prompt == build_prompt(SEED, StoryControls())


def test_passage_shows_its_job_until_that_is_archived_and_its_text_ever_after(
    writer: Writer, actor: Actor, database_url: str, redis_url: str
) -> None:
    begun = writer.begin()
    actor.claim()
    actor.write(2)
    running = writer.read(begun.id).passages[1]
    assert (running.status, running.text) == (JobStatus.RUNNING, story(2))
    actor.write(1)
    actor.finish()
    ended = writer.read(begun.id)
    assert ended.passages[1].status is JobStatus.SUCCEEDED
    wait_for_archived(database_url)
    forget_everything(redis_url)
    assert writer.read(begun.id) == ended
    assert ended.passages[1].text == story(3)
    assert ended.version == begun.version


def test_passage_of_a_job_that_redis_lost_waits_again(writer: Writer, redis_url: str) -> None:
    begun = writer.begin()
    forget_everything(redis_url)
    assert writer.read(begun.id).passages[1].status is JobStatus.QUEUED


def test_passage_of_a_job_that_nobody_knows_says_so(
    writer: Writer, redis_url: str, database_url: str
) -> None:
    """One of a version that wrote no job down before it was queued."""
    begun = writer.begin()
    asyncio.run(strike_off(database_url))
    forget_everything(redis_url)
    assert writer.read(begun.id).passages[1].status is JobStatus.EXPIRED


async def strike_off(database_url: str) -> None:
    database = Database(database_url)
    async with database.writing() as session:
        await session.execute(delete(AcceptedJob))
    await database.close()


def test_renaming_needs_the_version_that_was_seen(writer: Writer) -> None:
    begun = writer.begin()
    path = f"/v1/stories/{begun.id}"
    assert refusal(writer.http.patch(path, json={"title": "x"})) == (428, "version_required")
    first = writer.http.patch(path, json={"title": "One tab"}, headers=seen(begun))
    assert first.headers["etag"] == '"2"'
    other = writer.http.patch(path, json={"title": "Other tab"}, headers=seen(begun))
    assert refusal(other) == (412, "version_stale")
    assert writer.read(begun.id).title == "One tab"


@ON_SQLITE
@pytest.mark.parametrize(
    ("tag", "refused"),
    [
        ('W/"x"', (412, "version_stale")),
        ('"01x"', (412, "version_stale")),
        ('""', (412, "version_stale")),
        ('"7", "8"', (412, "version_stale")),
        ("1", (422, "invalid_request")),
        ("abc", (422, "invalid_request")),
        ('"1" "2"', (422, "invalid_request")),
        ('"1', (422, "invalid_request")),
        ("*, *", (422, "invalid_request")),
        ("", (422, "invalid_request")),
    ],
)
def test_tag_that_is_no_version_is_stale_and_what_is_no_tag_not_valid(
    writer: Writer, tag: str, refused: tuple[int, str]
) -> None:
    assert refusal(rename(writer, writer.begin().id, tag)) == refused


@ON_SQLITE
@pytest.mark.parametrize("tag", ["*", '"1"', '"9" , "1"'])
def test_any_version_will_do_and_one_of_several(writer: Writer, tag: str) -> None:
    answer = rename(writer, writer.begin().id, tag)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')


def test_no_version_of_a_story_that_is_not_there_will_do(writer: Writer) -> None:
    assert refusal(rename(writer, "0" * 32, "*")) == (404, "unknown_story")


def rename(writer: Writer, story_id: str, tag: str) -> httpx2.Response:
    headers = {"If-Match": tag}
    return writer.http.patch(f"/v1/stories/{story_id}", json={"title": "x"}, headers=headers)


def test_deleted_story_can_be_restored(writer: Writer) -> None:
    begun = writer.told()
    path = f"/v1/stories/{begun.id}"
    assert refusal(writer.http.delete(path)) == (428, "version_required")
    deleted = writer.http.delete(path, headers=seen(begun))
    assert deleted.status_code == 200
    assert deleted.json()["deleted_at"] is not None
    assert (writer.titles(), writer.titles(deleted="true")) == ([], [SEED])
    changed = writer.read(begun.id)
    passage = changed.passages[1].id
    changes: list[tuple[str, Body]] = [
        ("edit", {"text": "x"}),
        ("branch", {"at": 1}),
        ("continue", {}),
    ]
    for action, body in changes:
        answer = writer.try_to(changed, passage, action, body)
        assert refusal(answer) == (404, "unknown_story")
    restored = [writer.http.post(f"{path}/restore") for _ in range(2)]
    assert [answer.headers["etag"] for answer in restored] == ['"3"', '"3"']
    assert writer.titles() == [SEED]
    assert writer.read(begun.id).passages == begun.passages


def test_stories_of_others_are_unknown(writer: Writer) -> None:
    mine = writer.told()
    http, path = writer.http, f"/v1/stories/{mine.id}"
    passage = f"{path}/passages/{mine.passages[1].id}"
    ben = {"Authorization": "Bearer ben", **seen(mine)}
    answers = [
        http.get(path, headers=ben),
        http.patch(path, json={"title": "x"}, headers=ben),
        http.delete(path, headers=ben),
        http.post(f"{path}/restore", headers=ben),
        http.post(f"{passage}/continue", json={}, headers=ben),
        http.post(f"{passage}/retry", json={}, headers=ben),
        http.post(f"{passage}/branch", json={"at": 1}, headers=ben),
        http.post(f"{passage}/edit", json={"text": "x"}, headers=ben),
    ]
    assert {refusal(answer) for answer in answers} == {(404, "unknown_story")}
    assert http.get("/v1/stories", headers=ben).json()["stories"] == []
    job = {"job_id": mine.passages[1].job_id}
    assert refusal(http.post("/v1/stories", json=job, headers=ben)) == (404, "unknown_job")
    assert writer.read(mine.id) == mine


@ON_SQLITE
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"request": {"story_seed": "x"}, "job_id": "y"},
        {"request": {"story_seed": ""}},
        {"request": {"story_seed": "x"}, "title": "two\x00lines"},
        {"request": {"story_seed": "x"}, "passages": []},
    ],
)
def test_story_that_cannot_begin(writer: Writer, body: dict[str, object]) -> None:
    answer = writer.http.post("/v1/stories", json=body)
    assert refusal(answer) == (422, "invalid_request")
    assert writer.titles() == []


def test_library_is_read_while_redis_is_away(tmp_path: Path) -> None:
    port, library = free_port(), sqlite_url(tmp_path)
    redis_url = f"redis://127.0.0.1:{port}/0"
    actor = Actor(redis_url)
    with (
        serving(api_settings(redis_url, library)) as url,
        httpx2.Client(base_url=url, timeout=20) as http,
    ):
        writer = Writer(http, actor)
        with redis_process(tmp_path, port):
            actor.beat()
            told, waiting = writer.told(), writer.begin()
            wait_for_archived(library)
        assert writer.read(told.id) == told
        assert writer.read(waiting.id).passages[1].status is None
        assert len(writer.titles()) == 2
    actor.close()
