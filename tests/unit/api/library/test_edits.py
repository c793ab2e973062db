"""A passage written anew: what it takes along, and what two tabs can do to each other."""

import json
import threading

import httpx2
import pytest

from shared.library import PASSAGE_MAX_CHARS, Origin, StoryView
from shared.prompts import build_continuation
from tests.unit.api.acting import Actor, story
from tests.unit.api.library.writing import Body, Writer, refusal, seen

LIMIT = "services.api.library.passages.MAX_PASSAGES"


def test_edit_overwrites_nothing(writer: Writer) -> None:
    told = writer.told()
    first = told.passages[1]
    edit = writer.act(told, first.id, "edit", {"text": "My own\nwords \u0000\u2028."})
    assert (edit.origin, edit.job_id, edit.status) == (Origin.EDIT, None, None)
    assert (edit.parent_id, edit.revises_id) == (first.parent_id, first.id)
    after = writer.read(told.id)
    assert after.passages == [*told.passages, edit]
    assert after.passages[-1].text == "My own\nwords \0\u2028."


def test_a_passage_of_any_length_that_is_allowed_can_be_edited(writer: Writer) -> None:
    told = writer.told()
    passage = told.passages[1]
    longest = {"text": "\N{PILE OF POO}" * PASSAGE_MAX_CHARS}
    path = f"/v1/stories/{told.id}/passages/{passage.id}/edit"
    spelled = json.dumps(longest).encode()
    assert len(spelled) > 12 * PASSAGE_MAX_CHARS
    answer = writer.http.post(path, content=spelled, headers=seen(told))
    assert answer.status_code == 201, answer.text
    assert writer.read(told.id).passages[-1].text == longest["text"]
    longer = {"text": "a" * (PASSAGE_MAX_CHARS + 1)}
    assert refusal(writer.try_to(told, passage.id, "edit", longer)) == (422, "invalid_request")


def told_on(writer: Writer, *, passages: int) -> StoryView:
    """A story whose passages follow each other: "t1 ", "t1 t2 " and so on."""
    told = writer.told(tokens=1)
    for tokens in range(2, passages + 1):
        writer.act(told, told.passages[-1].id, "continue", {})
        writer.write(tokens)
        told = writer.read(told.id)
    return told


def test_edit_in_the_middle_takes_along_what_followed(writer: Writer, actor: Actor) -> None:
    told = told_on(writer, passages=4)
    _, _, second, third, fourth = told.passages
    writer.act(told, third.id, "edit", {"text": "another way"})
    told = writer.read(told.id)
    body = {"text": "Mine. ", "through": fourth.id}
    edit = writer.act(told, second.id, "edit", body)
    after = writer.read(told.id)
    assert after.version == told.version + 1
    assert after.passages[: len(told.passages)] == told.passages
    added = after.passages[len(told.passages) :]
    assert added[0] == edit
    assert [(each.parent_id, each.revises_id) for each in added] == [
        (second.parent_id, second.id),
        (edit.id, third.id),
        (added[1].id, fourth.id),
    ]
    for copy, original in zip(added[1:], (third, fourth), strict=True):
        own = {"id", "parent_id", "revises_id", "created_at"}
        assert copy.model_dump(exclude=own) == original.model_dump(exclude=own)
    writer.act(told, added[-1].id, "continue", {})
    assert actor.claim().spec.prompt == build_continuation(
        story(1) + "Mine. " + story(3) + story(4)
    )


def test_edit_takes_along_only_what_it_is_asked_to(writer: Writer) -> None:
    told = told_on(writer, passages=3)
    edit = writer.act(
        told, told.passages[1].id, "edit", {"text": "x", "through": told.passages[2].id}
    )
    added = writer.read(told.id).passages[len(told.passages) :]
    assert [each.text for each in added] == ["x", story(2)]
    alone = writer.act(writer.read(told.id), edit.id, "edit", {"text": "y"})
    assert writer.read(told.id).passages[-1] == alone


@pytest.mark.parametrize(("most", "is_refused"), [(6, False), (5, True)])
def test_a_story_does_not_grow_beyond_what_is_read_again(
    writer: Writer, monkeypatch: pytest.MonkeyPatch, most: int, is_refused: bool
) -> None:
    told = told_on(writer, passages=3)
    monkeypatch.setattr(LIMIT, most)
    body = {"text": "x", "through": told.passages[2].id}
    answer = writer.try_to(told, told.passages[1].id, "edit", body)
    assert answer.is_success is not is_refused
    monkeypatch.setattr(LIMIT, len(told.passages))
    answer = writer.try_to(told, told.passages[2].id, "continue", {})
    assert refusal(answer) == (422, "invalid_request")


def test_what_does_not_follow_cannot_be_taken_along(writer: Writer) -> None:
    told, other = told_on(writer, passages=3), told_on(writer, passages=2)
    seed, first, second, third = told.passages
    sibling = writer.act(told, second.id, "branch", {"at": 1})
    before = writer.read(told.id)
    for through in (second, first, seed, sibling, other.passages[2]):
        body = {"text": "x", "through": through.id}
        answer = writer.try_to(before, second.id, "edit", body)
        assert refusal(answer) == (422, "invalid_request")
    stale = writer.try_to(told, second.id, "edit", {"text": "x", "through": third.id})
    assert refusal(stale) == (412, "version_stale")
    assert writer.read(told.id) == before


def test_what_is_still_being_written_cannot_be_taken_along(writer: Writer, actor: Actor) -> None:
    told = told_on(writer, passages=2)
    running = writer.act(told, told.passages[2].id, "continue", {})
    actor.claim()
    actor.write(1)
    told = writer.read(told.id)
    body = {"text": "x", "through": running.id}
    assert refusal(writer.try_to(told, told.passages[1].id, "edit", body)) == (409, "unfinished")
    assert writer.read(told.id) == told
    actor.finish()
    writer.act(told, told.passages[1].id, "edit", body)
    assert [each.text for each in writer.read(told.id).passages[-3:]] == ["x", story(2), story(1)]


def test_two_tabs_cannot_lose_each_others_edit(writer: Writer) -> None:
    told = writer.told()
    first = told.passages[1].id
    writer.act(told, first, "edit", {"text": "one tab"})
    changes: list[tuple[str, Body]] = [("edit", {"text": "other tab"}), ("branch", {"at": 1})]
    for action, body in changes:
        assert refusal(writer.try_to(told, first, action, body)) == (412, "version_stale")
        path = f"/v1/stories/{told.id}/passages/{first}/{action}"
        assert refusal(writer.http.post(path, json=body)) == (428, "version_required")
    assert [passage.text for passage in writer.read(told.id).passages[2:]] == ["one tab"]


def test_of_edits_at_the_same_moment_exactly_one_wins(api: str, writer: Writer) -> None:
    told = writer.told()
    answers: list[int] = []

    def edit(number: int) -> None:
        with httpx2.Client(base_url=api, timeout=20) as http:
            other = Writer(http, writer.actor)
            body = {"text": f"tab {number}"}
            answers.append(other.try_to(told, told.passages[1].id, "edit", body).status_code)

    tabs = [threading.Thread(target=edit, args=(number,)) for number in range(8)]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert sorted(answers) == [201] + [412] * 7
    assert len(writer.read(told.id).passages) == 3
