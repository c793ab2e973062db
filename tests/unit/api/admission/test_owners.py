"""What is somebody else's is unknown, through every route that there is."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx2
import pytest

from tests.unit.api.acting import Actor
from tests.unit.api.admission.conftest import client
from tests.unit.api.admission.operations import ALL, Operation, each
from tests.unit.api.granting import granted
from tests.unit.api.library.writing import Writer
from tests.unit.api.serving import guarded_settings, owe_nothing, serving, sqlite_url

OWNED = {"job_id", "story_id", "passage_id"}
NOBODYS = {"model", "worker_id", "failed_id"}
"""Of the service itself."""
OF_SOMEBODY = [operation for operation in ALL if operation.names & OWNED]
NAMED_ELSEWHERE = {
    ("POST /v1/stories", "job_id"),
    ("POST /v1/comparisons", "job_a"),
    ("POST /v1/comparisons", "job_b"),
    ("GET /v1/comparisons", "job_a"),
    ("GET /v1/comparisons", "job_b"),
    ("GET /v1/stories/{story_id}/export", "passage"),
    ("POST /v1/stories/{story_id}/passages/{passage_id}/edit", "through"),
}
"""Ids that do not stand in a path; a test below tries each."""
UNKNOWN = {"unknown_job", "unknown_story", "unknown_passage", "no_opinion"}


@dataclass(frozen=True, slots=True)
class People:
    anna: httpx2.Client
    ben: httpx2.Client
    actor: Actor
    library: Path

    def hers(self) -> dict[str, str]:
        """Ids of a story of Anna's that is written, and of which she has said something."""
        story = Writer(self.anna, self.actor).told()
        passage = story.passages[-1]
        assert passage.job_id
        said = self.anna.post(f"/v1/jobs/{passage.job_id}/feedback", json={"rating": 4})
        assert said.status_code == 201, said.text
        return {"story_id": story.id, "passage_id": passage.id, "job_id": passage.job_id}


@pytest.fixture(scope="module")
def people(redis_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    folder: Path = tmp_path_factory.mktemp("owners")
    library = sqlite_url(folder)
    actor = Actor(redis_server)
    with serving(guarded_settings(redis_server, library, requests_per_minute=0)) as url:
        anna, ben = (client(url, granted(library, tenant=name)) for name in ("anna", "ben"))
        with anna, ben:
            yield People(anna, ben, actor, folder)
    actor.close()


@pytest.fixture
def hers(people: People, redis_url: str) -> Iterator[dict[str, str]]:
    """On an empty Redis: what another test asked for would be written first."""
    people.actor.beat()
    yield people.hers()
    owe_nothing(people.library)


def test_every_id_in_a_path_is_somebodys_or_nobodys() -> None:
    assert {name for operation in ALL for name in operation.names} <= OWNED | NOBODYS
    assert len(OF_SOMEBODY) > 12


def test_every_id_beside_the_path_is_tried() -> None:
    looks_like_an_id = re.compile(r"(job|story|passage|through)(_|$)|.*_ids?$")
    found = {
        (str(operation), name)
        for operation in ALL
        for name in operation.other_names
        if looks_like_an_id.match(name) and name not in ("story_seed", "story_so_far")
    }
    assert found == NAMED_ELSEWHERE


@each(OF_SOMEBODY)
def test_what_is_somebody_elses_is_unknown(
    operation: Operation, people: People, hers: dict[str, str]
) -> None:
    answer = operation.ask(people.ben, **hers)
    assert (answer.status_code, answer.json()["code"] in UNKNOWN) == (404, True), answer.text
    own = operation.ask(people.anna, **hers)
    assert own.status_code not in (401, 403, 404), "else nothing was shown by his being refused"


def test_an_id_beside_the_path_opens_nothing_either(people: People, hers: dict[str, str]) -> None:
    people.actor.beat()
    his = replace(people, anna=people.ben, ben=people.anna).hers()
    job, passage = hers["job_id"], hers["passage_id"]
    export = f"/v1/stories/{his['story_id']}/export"
    edit = f"/v1/stories/{his['story_id']}/passages/{his['passage_id']}/edit"
    seen = {"If-Match": people.ben.get(f"/v1/stories/{his['story_id']}").headers["etag"]}
    ask = people.ben
    answers = [
        ask.post("/v1/stories", json={"job_id": job}),
        ask.post("/v1/comparisons", json={"job_a": job, "job_b": his["job_id"], "winner": "a"}),
        ask.post("/v1/comparisons", json={"job_a": his["job_id"], "job_b": job, "winner": "a"}),
        ask.get("/v1/comparisons", params={"job_a": job, "job_b": his["job_id"]}),
        ask.get(export, params={"passage": passage}),
        ask.get(edit.replace(his["passage_id"], passage).replace("/edit", "/nothing")),
    ]
    assert [answer.status_code for answer in answers] == [404] * len(answers)
    refused = ask.post(edit, json={"text": "x", "through": passage}, headers=seen)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_request")
    assert "through names no passage" in refused.json()["detail"]


def test_lists_are_of_ones_own(people: People, hers: dict[str, str]) -> None:
    lists = ("/v1/jobs", "/v1/stories", "/v1/feedback", "/v1/feedback/export")
    for path in lists:
        answer = people.ben.get(path, params={"limit": 100} if "export" not in path else None)
        assert answer.status_code == 200
        for mine in hers.values():
            assert mine not in answer.text
        assert any(mine in people.anna.get(path).text for mine in hers.values())
