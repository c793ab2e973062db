"""How a story grows: continue, retry, branch, edit, and what two tabs can do to each other."""

import threading

import httpx2
import pytest

from shared.library import Origin
from shared.prompts import build_continuation, build_prompt
from shared.quotes import Quote
from shared.schemas import MAX_SO_FAR_CHARS, JobStatus, StoryControls
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


def test_memory_and_note_stay_until_they_are_changed(writer: Writer, actor: Actor) -> None:
    request = {"story_seed": SEED, "memory": "Foxes lie.", "author_note": "Rain"}
    begun = writer.http.post("/v1/stories", json={"request": request}).json()
    beginning = actor.claim().spec.prompt
    assert beginning == build_prompt(SEED, StoryControls(), memory="Foxes lie.", author_note="Rain")
    actor.write(2)
    actor.finish()
    told = writer.read(begun["id"])
    writer.act(told, told.passages[1].id, "continue", {})
    spec = actor.claim().spec
    assert spec.prompt == build_continuation(story(2), memory="Foxes lie.", author_note="Rain")
    assert (spec.request.memory, spec.request.author_note) == ("Foxes lie.", "Rain")
    actor.write(1)
    actor.finish()
    second = writer.read(told.id).passages[2].id
    writer.act(told, second, "continue", {"memory": "", "author_note": "Snow"})
    assert actor.claim().spec.prompt == build_continuation(story(2) + story(1), author_note="Snow")


def test_what_was_asked_for_stays_behind_an_edit(writer: Writer, actor: Actor) -> None:
    request = {"story_seed": SEED, "memory": "Foxes lie.", "sampling": {"top_k": 3}}
    begun = writer.http.post("/v1/stories", json={"request": request}).json()
    writer.write()
    told = writer.read(begun["id"])
    writer.act(told, told.passages[1].id, "continue", {})
    writer.write()
    told = writer.read(told.id)
    edit = writer.act(told, told.passages[2].id, "edit", {"text": "Mine."})
    writer.act(told, edit.id, "continue", {})
    asked = actor.claim().spec.request
    assert (asked.memory, asked.sampling.top_k) == ("Foxes lie.", 3)


def test_edit_of_a_beginning_keeps_what_that_was_asked_for(writer: Writer, actor: Actor) -> None:
    request = {"story_seed": SEED, "memory": "Foxes lie."}
    begun = writer.http.post("/v1/stories", json={"request": request}).json()
    writer.write()
    told = writer.read(begun["id"])
    once = writer.act(told, told.passages[1].id, "edit", {"text": "Mine."})
    twice = writer.act(writer.read(told.id), once.id, "edit", {"text": "My own."})
    assert twice.revises_id == once.id
    writer.act(told, twice.id, "continue", {})
    assert actor.claim().spec.request.memory == "Foxes lie."


def test_continuation_is_quoted_as_it_would_be_told(
    writer: Writer, actor: Actor, redis_url: str
) -> None:
    roomy = Actor(redis_url, context_length=512)
    roomy.beat()
    told = writer.told()
    edit = writer.act(told, told.passages[1].id, "edit", {"text": "So it went on. " * 2_000})
    before = writer.read(told.id)
    path = f"/v1/stories/{told.id}/passages/{edit.id}/continue"
    telling = {"memory": "Foxes lie.", "author_note": "Rain"}
    quotes = [writer.http.post(f"{path}?dry_run=true", json=telling) for _ in range(3)]
    assert {answer.status_code for answer in quotes} == {200}
    quote = Quote.model_validate_json(quotes[0].content)
    assert writer.read(told.id) == before
    assert actor.permits() == 1  # of the first passage
    writer.act(told, edit.id, "continue", telling)
    spec = actor.claim().spec
    assert quote.prompt.startswith(build_continuation("Foxes lie.\n\n"))
    assert spec.prompt.endswith(quote.prompt.partition("[Rain]\n\n")[2])
    assert len("So it went on. " * 2_000) - quote.dropped_chars == len(
        quote.prompt.partition("[Rain]\n\n")[2]
    )
    roomy.close()


@ON_SQLITE
def test_continuation_that_is_not_told_is_not_quoted(writer: Writer) -> None:
    begun = writer.begin()
    path = f"/v1/stories/{begun.id}/passages"
    refused = [
        writer.http.post(f"{path}/{passage}/continue?dry_run=true", json=body)
        for passage, body in [
            (begun.passages[1].id, {}),
            ("nothing", {}),
            (begun.passages[0].id, {"memory": "\0"}),
        ]
    ]
    assert [refusal(answer) for answer in refused] == [
        (409, "unfinished"),
        (404, "unknown_passage"),
        (422, "invalid_request"),
    ]


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


def test_edit_overwrites_nothing(writer: Writer) -> None:
    told = writer.told()
    first = told.passages[1]
    edit = writer.act(told, first.id, "edit", {"text": "My own\nwords \u0000\u2028."})
    assert (edit.origin, edit.job_id, edit.status) == (Origin.EDIT, None, None)
    assert (edit.parent_id, edit.revises_id) == (first.parent_id, first.id)
    after = writer.read(told.id)
    assert after.passages == [*told.passages, edit]
    assert after.passages[-1].text == "My own\nwords \0\u2028."


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


def test_long_story_goes_on_from_its_last_paragraphs(writer: Writer, actor: Actor) -> None:
    told = writer.told()
    paragraph = "So it went on. " * 20 + "\n\n"
    edit = writer.act(told, told.passages[1].id, "edit", {"text": paragraph * 100})
    writer.act(told, edit.id, "continue", {})
    so_far = actor.claim().spec.request.story_so_far
    assert so_far is not None
    assert MAX_SO_FAR_CHARS - len(paragraph) < len(so_far) <= MAX_SO_FAR_CHARS
    assert so_far == paragraph * (len(so_far) // len(paragraph))
