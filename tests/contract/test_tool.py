"""`once` against the real API, with a worker played by the test."""

import contextlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from services.ui.terminal.session import job_ids
from shared.client import Client
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest
from tests.processes import wait_until
from tests.unit.api.acting import Actor, story
from tests.unit.api.serving import api_settings, serving, sqlite_url
from tests.unit.ui.terminal.running import Ended, once

REQUEST = GenerateRequest(
    story_seed="A fox — 狐", sampling=SamplingParams(max_new_tokens=20, seed=7)
)


@pytest.fixture
def actor(redis_url: str) -> Iterator[Actor]:
    actor = Actor(redis_url, context_length=1024)
    actor.beat()
    yield actor
    actor.close()


@pytest.fixture
def url(redis_url: str, tmp_path: Path) -> Iterator[str]:
    # The API runs in this process, whose stdout is the tool's for a while.
    with capture_logs(), serving(api_settings(redis_url, sqlite_url(tmp_path))) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with Client(url) as client:
        yield client


def ask(url: str, *words: str) -> Ended:
    return once(*words, "--api-url", url)


def told(client: Client, actor: Actor, tokens: int = 3) -> str:
    """Id of a job that is written to its end."""
    job = client.jobs.create(REQUEST)
    actor.claim()
    actor.write(tokens, checkpoint=True)
    actor.finish()
    client.jobs.read(job.id, wait=10)
    return job.id


@contextlib.contextmanager
def writing(actor: Actor, tokens: int = 3) -> Iterator[None]:
    """Meanwhile every job that waits is written."""
    over = threading.Event()

    def work() -> None:
        while not over.wait(0.02):
            if actor.claim_if_any() is not None:
                actor.write(tokens)
                actor.finish()

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(10)


def test_stories_are_listed_newest_first(url: str, client: Client, actor: Actor) -> None:
    ids = [told(client, actor), client.jobs.create(REQUEST).id]
    rows = [line.split("\t") for line in ask(url, "list").out.splitlines()]
    assert [row[:3] for row in rows] == [[ids[1], "queued", "0"], [ids[0], "succeeded", "3"]]
    assert {row[4] for row in rows} == {"A fox — 狐"}
    first = json.loads(ask(url, "list", "--limit", "1", "--json").out)
    rest = json.loads(ask(url, "list", "--cursor", first["next_cursor"], "--json").out)
    assert [job["id"] for page in (first, rest) for job in page["jobs"]] == ids[::-1]


def test_stories_are_stopped(url: str, client: Client, actor: Actor) -> None:
    ids = [client.jobs.create(REQUEST).id for _ in range(2)]
    ended = ask(url, "cancel", *ids)
    assert [line.split("\t")[:2] for line in ended.out.splitlines()] == [
        [job_id, "cancelled"] for job_id in ids
    ]
    again = json.loads(ask(url, "cancel", ids[0], "--json").out)
    assert again["jobs"][0]["status"] == "cancelled"
    assert ask(url, "cancel", "0" * 32).code == 3


def test_one_that_is_not_there_keeps_no_other_from_being_stopped(
    url: str, client: Client, actor: Actor
) -> None:
    ids = [client.jobs.create(REQUEST).id for _ in range(2)]
    ended = ask(url, "cancel", ids[0], "0" * 32, ids[1])
    assert ended.code == 3
    assert [line.split("\t")[:2] for line in ended.out.splitlines()] == [
        [job_id, "cancelled"] for job_id in ids
    ]


def test_a_story_is_verified_by_its_exit_code(url: str, client: Client, actor: Actor) -> None:
    job_id = told(client, actor)
    wait_until(
        lambda: ask(url, "status", job_id, "--json").code == 0, seconds=10, what="it is archived"
    )
    with writing(actor):
        same = ask(url, "verify", job_id)
        assert (same.code, same.out.splitlines()[0]) == (0, "identical\tyes")
        assert json.loads(ask(url, "verify", job_id, "--json").out)["is_identical"] is True
    with writing(actor, tokens=4):
        other = ask(url, "verify", job_id)
    assert (other.code, other.out.splitlines()[0]) == (1, "identical\tno, from token 4 on")


def test_what_goes_on_cannot_be_verified_yet(url: str, client: Client, actor: Actor) -> None:
    ended = ask(url, "verify", client.jobs.create(REQUEST).id)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("Error: ")


def test_a_job_or_a_story_is_exported(
    url: str, client: Client, actor: Actor, tmp_path: Path
) -> None:
    job_id = told(client, actor)
    text = ask(url, "export", job_id)
    assert (text.code, story(3).strip() in text.out) == (0, True)
    document = json.loads(ask(url, "export", job_id, "--format", "json", "--json").out)
    assert json.loads(document["content"])["format"] == "once-story"
    book = tmp_path / "fox.epub"
    ended = ask(url, "export", document["story"], "--format", "epub", "-o", str(book), "--json")
    assert json.loads(ended.out)["bytes"] == book.stat().st_size
    assert book.read_bytes().startswith(b"PK")
    assert len(client.stories.page().stories) == 1, "one job is one story"


def test_what_cannot_be_exported(url: str, client: Client, actor: Actor, tmp_path: Path) -> None:
    for unknown in ("0" * 32, "0" * 65):
        assert ask(url, "export", unknown).code == 3
    job_id = told(client, actor)
    assert ask(url, "export", job_id, "--format", "epub").code == 2
    ended = ask(url, "export", job_id, "-o", str(tmp_path / "no" / "fox.txt"))
    assert (ended.code, "cannot be written" in ended.err) == (2, True)


def test_the_status_of_the_service_and_of_a_story(url: str, client: Client, actor: Actor) -> None:
    job_id = told(client, actor)
    lines = [line.split("\t") for line in ask(url, "status").out.splitlines()]
    assert lines[-2] == ["worker", "model", "kind", "running", "tokens/s"]
    assert len(lines[-1]) == len(lines[-2])
    facts = {name: value for name, value, *_ in lines}
    assert (facts["model"], facts["waiting"]) == (actor.model, "0 interactive, 0 batch")
    assert facts[actor.name] == actor.model
    assert json.loads(ask(url, "status", "--json").out)["slots"] == 1
    facts = dict(line.split("\t")[:2] for line in ask(url, "status", job_id).out.splitlines())
    assert (facts["status"], facts["seed"]) == ("succeeded", "A fox — 狐")
    assert json.loads(ask(url, "status", job_id, "--json").out)["text"] == story(3)


def test_a_new_story_s_place_is_somebody_new_s(url: str, client: Client, actor: Actor) -> None:
    for _ in range(3):
        client.jobs.create(REQUEST)
    actor.claim()
    facts = dict(line.split("\t")[:2] for line in ask(url, "status").out.splitlines())
    assert facts["waiting"] == "2 interactive, 0 batch"
    assert facts["a new story"].startswith("next in line")


def test_without_a_worker_a_new_story_has_no_place(url: str) -> None:
    facts = dict(line.split("\t")[:2] for line in ask(url, "status").out.splitlines())
    assert facts["a new story"] == "is refused: no live worker serves this model"


def test_a_measurement_counts_every_token(url: str, actor: Actor) -> None:
    with writing(actor, tokens=5):
        ended = ask(url, "bench", "-n", "3", "--tokens", "20", "--json")
    figures = json.loads(ended.out)
    assert ended.code == 0
    assert (figures["stories"], figures["failed"], figures["tokens"]) == (3, 0, 15)
    assert figures["tokens_per_second"] > 0
    assert 0 < figures["first_token_seconds"]["p50"] <= figures["first_token_seconds"]["p95"]
    with writing(actor, tokens=5):
        assert "tokens/s\t" in ask(url, "bench", "-n", "1").out


def test_a_shell_is_told_the_ids_that_there_are(
    url: str, client: Client, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [client.jobs.create(REQUEST).id for _ in range(2)]
    monkeypatch.setenv("API_URL", url)
    assert set(job_ids("")) == set(ids)
    assert job_ids(ids[0][:-1]) == ids[:1]


def test_a_service_that_is_away_is_said_to_be(url: str) -> None:
    ended = ask("http://127.0.0.1:1", "status", "--json")
    assert (ended.code, ended.out) == (5, "")
    assert json.loads(ended.err)["error"]["code"] == "unreachable"


def test_a_service_that_is_away_is_said_where_it_was_looked_for(url: str) -> None:
    said = ask("http://127.0.0.1:1", "status").err
    assert "http://127.0.0.1:1 " in said
    assert "API_PORT" in said
