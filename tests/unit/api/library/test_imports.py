"""A story's own file is read again: the whole tree, and nothing that is no story."""

import json
from typing import Any

import pytest

from shared.library import StoryView
from tests.unit.api.library.test_exports import branching, export
from tests.unit.api.library.writing import ON_SQLITE, Body, Writer, refusal


def test_json_holds_the_whole_tree_and_comes_back_under_new_ids(writer: Writer) -> None:
    told = branching(writer)
    content = export(writer, told, "json")
    answer = writer.http.post("/v1/stories/import", content=content)
    assert answer.status_code == 201, answer.text
    copy = writer.read(answer.json()["id"])
    assert answer.headers["location"] == f"/v1/stories/{copy.id}"
    assert _shape(copy) == _shape(told)
    assert not {passage.id for passage in copy.passages} & {each.id for each in told.passages}
    assert {passage.job_id for passage in copy.passages} == {None}
    assert _without_origins(export(writer, copy, "json")) == _without_origins(content)
    edit = writer.act(copy, copy.passages[-1].id, "continue", {})
    assert edit.parent_id == copy.passages[-1].id


def test_long_story_is_imported(writer: Writer) -> None:
    told = writer.told()
    file = json.loads(export(writer, told, "json"))
    seed = file["passages"][0]
    file["passages"] += [
        {**seed, "id": f"p{number}", "parent_id": parent, "origin": "edit", "text": "x" * 900}
        for number, parent in enumerate([seed["id"], *(f"p{i}" for i in range(499))])
    ]
    answer = writer.http.post("/v1/stories/import", json=file)
    assert answer.status_code == 201
    assert len(answer.json()["passages"]) == 502


def test_file_of_an_older_version_is_imported(writer: Writer) -> None:
    told = branching(writer)
    file = json.loads(export(writer, told, "json"))
    for newer in ("revises_id", "told"):
        removed = [passage.pop(newer) for passage in file["passages"]]
        assert any(removed)
    answer = writer.http.post("/v1/stories/import", json=file)
    assert answer.status_code == 201
    assert [passage["revises_id"] for passage in answer.json()["passages"]] == [None] * len(
        told.passages
    )


def _seed(**changes: Any) -> Body:
    passage = {"id": "1", "parent_id": None, "origin": "seed", "text": "s", "story_seed": "s"}
    return {**passage, "controls": {}, "created_at": 1, **changes}


@ON_SQLITE
@pytest.mark.parametrize(
    "changes",
    [
        {"format": "another"},
        {"version": 2},
        {"title": ""},
        {"passages": []},
        {"passages": [_seed(parent_id="1")]},
        {"passages": [_seed(origin="model")]},
        {"passages": [_seed(), _seed(id="2", parent_id="1")]},
        {"passages": [_seed(), _seed(origin="edit", parent_id="1")]},
        {"passages": [_seed(), _seed(id="2", origin="edit", parent_id="3")]},
        {"passages": [_seed(), _seed(id="2", origin="edit", parent_id="2")]},
        {"passages": [_seed(), _seed(id="2", origin="edit")]},
        {"passages": [_seed(revises_id="1")]},
        {"passages": [_seed(), _seed(id="2", origin="edit", parent_id="1", revises_id="2")]},
        {"passages": [_seed(), _seed(id="2", origin="edit", parent_id="1", revises_id="3")]},
        {"passages": [_seed(controls={"genre": "none"})]},
        {"passages": [_seed(story_seed="two\x00")]},
        {"passages": [_seed(told={"request": {"story_seed": "s"}, "model": "m", "seed": -1})]},
        {"passages": [_seed(told={"request": {"story_seed": ""}, "model": "m", "seed": 1})]},
        {"passages": [_seed(told={"model": "m", "seed": 1})]},
        {"more": 1},
    ],
)
def test_file_that_is_no_story(writer: Writer, changes: Body) -> None:
    file = {"format": "once-story", "version": 1, "title": "t", "created_at": 1}
    answer = writer.http.post("/v1/stories/import", json={**file, "passages": [_seed()], **changes})
    assert refusal(answer) == (422, "invalid_request")
    assert writer.titles() == []


def _shape(told: StoryView) -> list[tuple[int | None, int | None, str, str]]:
    """Each passage with the places of its parent and of what it revises instead of their ids."""
    places = {passage.id: place for place, passage in enumerate(told.passages)}
    return [
        (
            places.get(passage.parent_id or ""),
            places.get(passage.revises_id or ""),
            passage.origin,
            passage.text,
        )
        for passage in told.passages
    ]


def _without_origins(content: bytes) -> Body:
    """What two exports of one tree share."""
    file: Body = json.loads(content)
    own = {"id", "parent_id", "revises_id", "status", "created_at"}
    passages = [
        {name: value for name, value in passage.items() if name not in own}
        for passage in file["passages"]
    ]
    return {"title": file["title"], "passages": passages}
