"""Stories that begin with a job that is there already: one story a job."""

from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest

from tests.unit.api.acting import story
from tests.unit.api.library.writing import SEED, Writer, seen


@pytest.mark.parametrize("ended", [True, False])
def test_story_from_a_job(writer: Writer, job: str, ended: bool) -> None:
    if ended:
        writer.write(2)
    answer = writer.http.post("/v1/stories", json={"job_id": job, "title": "Mine"})
    assert answer.status_code == 201
    told = writer.read(answer.json()["id"])
    assert answer.headers["location"] == f"/v1/stories/{told.id}"
    assert (told.title, told.story_seed) == ("Mine", SEED)
    assert told.passages[1].job_id == job
    assert told.passages[1].text == (story(2) if ended else "")


def test_story_from_a_job_that_went_on_from_a_text(writer: Writer, http: httpx2.Client) -> None:
    body = {"story_seed": SEED, "story_so_far": "Once upon a time\n"}
    job = http.post("/v1/jobs", json=body).json()["id"]
    told = http.post("/v1/stories", json={"job_id": job}).json()
    assert [passage["origin"] for passage in told["passages"]] == ["seed", "edit", "model"]
    assert told["passages"][1]["text"] == "Once upon a time\n"
    assert told["passages"][2]["parent_id"] == told["passages"][1]["id"]


def test_job_begins_one_story_until_that_is_deleted(writer: Writer, job: str) -> None:
    first, again = (writer.http.post("/v1/stories", json={"job_id": job}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert [again.headers[name] for name in ("location", "etag")] == [
        f"/v1/stories/{first.json()['id']}",
        '"1"',
    ]
    begun = writer.read(first.json()["id"])
    writer.http.delete(f"/v1/stories/{begun.id}", headers=seen(begun))
    another = writer.http.post("/v1/stories", json={"job_id": job, "title": "Mine"})
    assert (another.status_code, another.json()["title"]) == (201, "Mine")
    writer.http.post(f"/v1/stories/{begun.id}/restore")
    assert len(writer.titles()) == 2
    last = writer.http.post("/v1/stories", json={"job_id": job})
    assert (last.status_code, last.json()["id"]) == (200, begun.id)


def test_story_from_the_job_of_a_story_is_that_story(writer: Writer) -> None:
    told = writer.told()
    second = writer.act(told, told.passages[1].id, "continue", {})
    again = writer.http.post("/v1/stories", json={"job_id": told.passages[1].job_id})
    assert (again.status_code, again.json()["id"]) == (200, told.id)
    other = writer.http.post("/v1/stories", json={"job_id": second.job_id})
    assert other.status_code == 201, "what goes on within a story begins another one"


def test_two_who_begin_a_story_from_one_job_at_once_get_the_same(
    writer: Writer, job: str, api: str
) -> None:
    def begin(_: int) -> httpx2.Response:
        return httpx2.post(f"{api}/v1/stories", json={"job_id": job}, timeout=20)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(begin, range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len(writer.titles()) == 1
