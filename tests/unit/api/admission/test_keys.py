"""Outside development nobody comes in without a key, nor further than it allows."""

import asyncio
import time
from pathlib import Path

import pytest

from services.api.admission.callers import Scope
from services.api.admission.keyring import FRESH_SECONDS, KEPT_SECONDS, Keyring
from services.api.admission.keys import make_key
from services.api.db.api_keys import new_key
from services.api.db.database import Database
from shared.client import AsyncClient, Client
from shared.errors import LibraryUnavailableError
from shared.jobs import JobView
from shared.refusals import KeyInvalidError
from tests.processes import wait_until
from tests.unit.api.acting import Actor, story
from tests.unit.api.admission.conftest import Person, client
from tests.unit.api.admission.operations import ALL, GUARDED, Operation
from tests.unit.api.granting import granted, revoke_all
from tests.unit.api.library.conftest import migrated
from tests.unit.api.library.writing import ON_SQLITE, refusal
from tests.unit.api.serving import api_settings, serving, sqlite_url

SEED = {"story_seed": "A fox"}
IDS = {
    "job_id": "j",
    "story_id": "s",
    "passage_id": "p",
    "model": "m",
    "worker_id": "w",
    "failed_id": "f",
}
FOR_READERS = {"POST /v1/jobs/{job_id}/stream-token"}
"""Changes nothing, though it is a POST."""
OPEN = {"GET /healthz", "GET /readyz", "GET /metrics"}


def test_everything_but_the_probes_needs_a_key() -> None:
    assert {str(operation) for operation in ALL if operation not in GUARDED} == OPEN
    assert all("security" in operation.description for operation in GUARDED)


@ON_SQLITE
def test_without_a_key_nobody_comes_in_anywhere(api: str) -> None:
    with client(api) as nobody, client(api, make_key()) as stranger, client(api, "anna") as named:
        for operation in GUARDED:
            answer = operation.ask(nobody, **IDS)
            assert refusal(answer) == (401, "key_required"), operation
            assert answer.headers["www-authenticate"] == "Bearer"
            for someone in (stranger, named):
                answer = operation.ask(someone, **IDS)
                assert refusal(answer) == (401, "key_invalid"), operation
                assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


@ON_SQLITE
def test_probes_and_the_description_are_open(api: str, actor: Actor) -> None:
    with client(api) as nobody:
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
            assert nobody.get(path).status_code == 200


@ON_SQLITE
def test_key_allows_what_its_scopes_say(person: Person) -> None:
    people = {scope: person(scopes=[scope]) for scope in (Scope.READ, Scope.WRITE, Scope.OPERATE)}
    for operation in GUARDED:
        for scope, someone in people.items():
            answer = operation.ask(someone, **IDS)
            if scope in _enough_for(operation):
                assert "scope_missing" not in answer.text, (operation, scope)
                assert answer.status_code != 401
                continue
            assert refusal(answer) == (403, "scope_missing"), (operation, scope)
            assert answer.headers["www-authenticate"] == 'Bearer error="insufficient_scope"'


def _enough_for(operation: Operation) -> set[Scope]:
    """Any one of these."""
    if operation.path in ("/v1/queue", "/v1/workers"):
        return {Scope.READ, Scope.OPERATE}
    if operation.path.startswith(("/v1/workers/", "/v1/dead-letters")):
        return {Scope.OPERATE}
    is_reading = operation.method == "GET" or str(operation) in FOR_READERS
    return {Scope.READ if is_reading else Scope.WRITE}


@ON_SQLITE
def test_who_may_not_read_is_not_told_the_job_that_it_cancels(person: Person, actor: Actor) -> None:
    reads_too, writes = (
        person(tenant="anna", scopes=[Scope.READ, Scope.WRITE]),
        person(tenant="anna", scopes=[Scope.WRITE]),
    )
    job = reads_too.post("/v1/jobs", json=SEED).raise_for_status().json()["id"]
    actor.claim()
    actor.write(2)
    for _ in range(2):
        answer = writes.delete(f"/v1/jobs/{job}")
        assert (answer.status_code, answer.content) == (204, b"")
    told = reads_too.delete(f"/v1/jobs/{job}").json()
    assert (told["status"], told["text"]) == ("cancelled", story(2))


@ON_SQLITE
def test_client_of_who_may_not_read_cancels_in_both_faces(
    api: str, person: Person, database_url: str, actor: Actor
) -> None:
    reads_too = person(tenant="anna", scopes=[Scope.READ, Scope.WRITE])
    key = granted(database_url, tenant="anna", scopes=[Scope.WRITE])
    jobs = [reads_too.post("/v1/jobs", json=SEED).json()["id"] for _ in range(2)]

    async def cancel(job: str) -> JobView | None:
        async with AsyncClient(api, api_key=key) as anna:
            return await anna.jobs.cancel(job)

    with Client(api, api_key=key) as anna:
        assert anna.jobs.cancel(jobs[0]) is None
    assert asyncio.run(cancel(jobs[1])) is None
    assert [reads_too.get(f"/v1/jobs/{job}").json()["status"] for job in jobs] == ["cancelled"] * 2


def test_keys_of_one_tenant_open_the_same_stories(person: Person, actor: Actor) -> None:
    one, other, ben = person(tenant="anna"), person(tenant="anna"), person(tenant="ben")
    job = one.post("/v1/jobs", json=SEED).raise_for_status().json()["id"]
    assert other.get(f"/v1/jobs/{job}").json()["id"] == job
    assert refusal(ben.get(f"/v1/jobs/{job}")) == (404, "unknown_job")


def test_revoked_key_is_refused_within_seconds(person: Person, database_url: str) -> None:
    anna = person()
    assert anna.get("/v1/jobs").status_code == 200
    revoke_all(database_url)
    wait_until(
        lambda: anna.get("/v1/jobs").status_code == 401,
        seconds=FRESH_SECONDS + 2,
        what="the key is refused",
    )
    assert refusal(anna.get("/v1/jobs")) == (401, "key_invalid")


def test_key_is_over_when_it_says_so_though_it_is_remembered(person: Person) -> None:
    anna = person(expires_at=time.time() + 3)
    assert anna.get("/v1/jobs").status_code == 200
    wait_until(lambda: anna.get("/v1/jobs").status_code == 401, seconds=5, what="it is over")


@ON_SQLITE
def test_no_key_lies_in_the_database(api: str, tmp_path: Path) -> None:
    key = granted(sqlite_url(tmp_path))
    kept = b"".join(file.read_bytes() for file in tmp_path.glob("once.db*"))
    assert b"api_key" in kept
    assert key.encode() not in kept
    assert key.removeprefix("once_").encode() not in kept


class Library(Database):
    """A database that can be away."""

    is_away = False

    async def _require_current(self, session: object) -> None:
        if self.is_away:
            raise LibraryUnavailableError("It is away.")


async def test_known_key_stays_good_while_the_database_is_away_for_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = sqlite_url(tmp_path)
    await migrated(url)
    library = Library(url)
    keyring = Keyring(library)
    key = await _granted(library)
    assert (await keyring.caller_of(key)).tenant == "anna"
    library.is_away = True
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + KEPT_SECONDS - 1)
    assert (await keyring.caller_of(key)).tenant == "anna"
    with pytest.raises(LibraryUnavailableError):
        await keyring.caller_of(make_key())
    with pytest.raises(KeyInvalidError):
        await keyring.caller_of("anna")
    monkeypatch.setattr(time, "monotonic", lambda: now + KEPT_SECONDS + 1)
    with pytest.raises(LibraryUnavailableError):
        await keyring.caller_of(key)
    await library.close()


async def _granted(library: Database) -> str:
    key = make_key()
    async with library.writing() as session:
        session.add(new_key(key, name="test", tenant="anna", scopes=[Scope.READ]))
    return key


def test_development_is_open(redis_url: str, tmp_path: Path) -> None:
    with serving(api_settings(redis_url, sqlite_url(tmp_path))) as url, client(url) as nobody:
        for path in ("/v1/jobs", "/v1/stories", "/v1/queue"):
            assert nobody.get(path).status_code == 200
