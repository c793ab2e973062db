"""How each passage was told leaves with the file and comes back: a copy goes on as its original."""

import json

from shared.library import StoryView
from tests.unit.api.acting import MODEL, Actor
from tests.unit.api.library.test_archive import forget_everything, wait_for_archived
from tests.unit.api.library.test_exports import export
from tests.unit.api.library.writing import SEED, Body, Writer

REQUEST: Body = {
    "story_seed": SEED,
    "memory": "Foxes lie.",
    "author_note": "Rain",
    "sampling": {"seed": 7, "top_k": 3, "stop": ["\0"]},
    "model": MODEL,
}


def original(writer: Writer) -> StoryView:
    """Two passages, of which the second has another note and a seed that was drawn."""
    begun = writer.http.post("/v1/stories", json={"request": REQUEST}).json()
    writer.write(3)
    told = writer.read(begun["id"])
    writer.act(told, told.passages[1].id, "continue", {"author_note": "Snow"})
    writer.write(2)
    return writer.read(told.id)


def imported(writer: Writer, told: StoryView) -> StoryView:
    content = export(writer, told, "json")
    answer = writer.http.post("/v1/stories/import", content=content)
    assert answer.status_code == 201, answer.text
    return writer.read(answer.json()["id"])


def tellings(writer: Writer, told: StoryView) -> list[Body | None]:
    passages = json.loads(export(writer, told, "json"))["passages"]
    return [passage["told"] for passage in passages]


def test_file_tells_how_each_passage_was_told(writer: Writer) -> None:
    told = original(writer)
    seed, first, second = tellings(writer, told)
    assert seed is None
    assert first is not None
    assert second is not None
    assert (first["model"], first["seed"]) == (MODEL, 7)
    assert REQUEST["sampling"].items() <= first["request"]["sampling"].items()
    job = writer.http.get(f"/v1/jobs/{told.passages[2].job_id}").json()
    assert (second["model"], second["seed"]) == (MODEL, job["seed"])
    assert job["request"]["story_so_far"] is not None
    assert second["request"] == {**job["request"], "story_so_far": None}


def test_copy_goes_on_as_its_original_would(
    writer: Writer, actor: Actor, redis_url: str, database_url: str
) -> None:
    told = original(writer)
    content = tellings(writer, told)
    copy = imported(writer, told)
    wait_for_archived(database_url, 2)
    forget_everything(redis_url)
    actor.beat()
    assert tellings(writer, copy) == content
    assert tellings(writer, imported(writer, copy)) == content
    writer.act(copy, copy.passages[2].id, "continue", {})
    asked = actor.claim().spec.request
    assert (asked.memory, asked.author_note, asked.model) == ("Foxes lie.", "Snow", MODEL)
    assert (asked.sampling.top_k, asked.sampling.seed) == (3, None)


def test_what_is_made_of_a_copy_keeps_how_it_was_told(writer: Writer, actor: Actor) -> None:
    copy = imported(writer, original(writer))
    first, second = (passage.id for passage in copy.passages[1:])
    writer.act(copy, second, "branch", {"at": 2})
    edit = {"text": "Mine.", "through": second}
    writer.act(writer.read(copy.id), first, "edit", edit)
    writer.act(writer.read(copy.id), first, "retry", {"author_note": "Hail"})
    actor.claim()
    _, of_first, of_second, branched, edited, copied, retried = tellings(writer, copy)
    assert branched == copied == of_second
    assert edited is None
    assert retried is not None
    assert of_first is not None
    assert retried["request"]["author_note"] == "Hail"
    assert retried["seed"] != of_first["seed"]
