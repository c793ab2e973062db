"""How a story grows: continue, retry, branch, edit."""

import pytest

from shared.library import Origin
from shared.prompts import build_continuation, build_prompt
from shared.schemas import JobStatus, StoryControls
from tests.unit.api.acting import Actor, story
from tests.unit.api.library.writing import ON_SQLITE, SEED, Body, Writer, refusal


def test_continuation_is_a_child_that_goes_on_from_the_whole_path(
    writer: Writer, actor: Actor
) -> None:
    told = writer.told(tokens=2)
    first = told.passages[1]
    second = writer.act(told, first.id, "continue", {"sampling": {"seed": 5}})
    assert (second.parent_id, second.revises_id, second.origin, second.status) == (
        first.id,
        None,
        Origin.MODEL,
        JobStatus.QUEUED,
    )
    writer.write(3)
    edited = writer.act(writer.read(told.id), second.id, "edit", {"text": "And then?\n"})
    writer.act(told, edited.id, "continue", {})
    spec = actor.claim().spec
    assert spec.prompt == build_continuation(story(2) + "And then?\n")
    assert spec.request.story_seed == SEED
    assert writer.read(told.id).version == 4


def test_continuing_the_seed_tells_another_beginning(writer: Writer, actor: Actor) -> None:
    told = writer.told()
    controls = {"genre": "horror", "pov": "first-person"}
    another = writer.act(told, told.passages[0].id, "continue", {"controls": controls})
    assert another.parent_id == told.passages[0].id
    expected = StoryControls.model_validate(controls)
    assert another.controls == expected
    assert actor.claim().spec.prompt == build_prompt(SEED, expected)


def test_retry_is_a_sibling_told_alike_under_another_seed(writer: Writer, actor: Actor) -> None:
    request = {"story_seed": SEED, "sampling": {"seed": 7, "temperature": 0.5, "top_k": 3}}
    begun = writer.http.post("/v1/stories", json={"request": request}).json()
    writer.write()
    told = writer.read(begun["id"])
    first = told.passages[1]
    again = writer.act(told, first.id, "retry", {})
    assert (again.parent_id, again.revises_id) == (first.parent_id, first.id)
    spec = actor.claim().spec
    assert spec.seed != 7
    assert spec.sampling.model_copy(update={"seed": 7}).model_dump() == {
        **spec.sampling.model_dump(),
        "seed": 7,
        "temperature": 0.5,
        "top_k": 3,
    }
    assert spec.prompt == build_prompt(SEED, StoryControls())


def test_branch_is_a_sibling_that_holds_the_text_up_to_a_character(writer: Writer) -> None:
    told = writer.told()
    first = told.passages[1]
    branch = writer.act(told, first.id, "branch", {"at": 4})
    assert (branch.text, branch.parent_id) == (story(3)[:4], first.parent_id)
    assert (branch.origin, branch.job_id, branch.revises_id) == (
        Origin.MODEL,
        first.job_id,
        first.id,
    )
    assert writer.read(told.id).passages[1] == first
    beyond = writer.try_to(writer.read(told.id), first.id, "branch", {"at": 99})
    assert refusal(beyond) == (422, "invalid_request")


def test_story_can_be_left_while_it_is_being_written(writer: Writer, actor: Actor) -> None:
    begun = writer.begin()
    actor.claim()
    actor.write(3)
    branch = writer.act(begun, begun.passages[1].id, "branch", {"at": 2})
    actor.write(2)
    actor.finish()
    passages = writer.read(begun.id).passages
    assert [passage.text for passage in passages[1:]] == [story(5), "t1"]
    assert passages[2].id == branch.id


def test_passage_that_is_not_written_yet_is_not_continued(writer: Writer, actor: Actor) -> None:
    begun = writer.begin()
    passage = begun.passages[1]
    assert refusal(writer.try_to(begun, passage.id, "continue", {})) == (409, "unfinished")
    actor.claim()
    actor.write(1)
    assert refusal(writer.try_to(begun, passage.id, "continue", {})) == (409, "unfinished")
    writer.http.delete(f"/v1/jobs/{passage.job_id}")
    writer.act(begun, passage.id, "continue", {})
    assert actor.claim().spec.prompt == build_continuation(story(1))


@ON_SQLITE
@pytest.mark.parametrize(
    ("action", "body"),
    [("retry", {}), ("branch", {"at": 1}), ("edit", {"text": "x"})],
)
def test_seed_has_no_siblings(writer: Writer, action: str, body: Body) -> None:
    told = writer.told()
    answer = writer.try_to(told, told.passages[0].id, action, body)
    assert refusal(answer) == (422, "invalid_request")


@ON_SQLITE
@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("continue", {"sampling": {"top_p": 0}}),
        ("retry", {"seed": 1}),
        ("branch", {"at": 0}),
        ("branch", {}),
        ("edit", {}),
        ("edit", {"text": None}),
    ],
)
def test_change_that_is_not_valid(writer: Writer, action: str, body: Body) -> None:
    told = writer.told()
    answer = writer.try_to(told, told.passages[1].id, action, body)
    assert refusal(answer) == (422, "invalid_request")
    assert writer.read(told.id) == told


def test_unknown_passage(writer: Writer) -> None:
    told, other = writer.told(), writer.told()
    for passage in ("nothing", other.passages[1].id):
        answer = writer.try_to(told, passage, "edit", {"text": "x"})
        assert refusal(answer) == (404, "unknown_passage")
