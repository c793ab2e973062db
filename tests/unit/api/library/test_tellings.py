"""What a continuation is asked for: what it takes over, and what it would be like."""

import pytest

from shared.prompts import build_continuation, build_prompt
from shared.quotes import Quote
from shared.schemas import MAX_SO_FAR_CHARS, StoryControls
from tests.unit.api.acting import Actor, story
from tests.unit.api.library.writing import ON_SQLITE, SEED, Writer, refusal


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


def test_long_story_goes_on_from_its_last_paragraphs(writer: Writer, actor: Actor) -> None:
    told = writer.told()
    paragraph = "So it went on. " * 20 + "\n\n"
    edit = writer.act(told, told.passages[1].id, "edit", {"text": paragraph * 100})
    writer.act(told, edit.id, "continue", {})
    so_far = actor.claim().spec.request.story_so_far
    assert so_far is not None
    assert MAX_SO_FAR_CHARS - len(paragraph) < len(so_far) <= MAX_SO_FAR_CHARS
    assert so_far == paragraph * (len(so_far) // len(paragraph))


@ON_SQLITE
@pytest.mark.parametrize("act", ["continue", "continue?dry_run=true", "retry"])
def test_what_does_not_go_with_what_was_asked_for_before_is_refused(
    writer: Writer, act: str
) -> None:
    """The constraint comes back with the controls; the logprobs are still asked for."""
    request = {"story_seed": SEED, "controls": {"constraints": []}, "sampling": {"logprobs": 2}}
    begun = writer.http.post("/v1/stories", json={"request": request}).json()
    writer.write()
    told = writer.read(begun["id"])
    answer = writer.try_to(told, told.passages[1].id, act, {"controls": {"genre": "comedy"}})
    assert refusal(answer) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == ["sampling"]
    assert writer.read(told.id) == told
