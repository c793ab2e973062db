"""A press that the service heard and could not answer: the next one like it is the same wish."""

import pytest

from shared.library import NewStory, Origin, PassageView, Telling
from shared.schemas import GenerateRequest, Genre, PointOfView, StoryControls
from tests.pages.mute import MuteApi
from tests.pages.room import SEED, Room
from tests.pages.test_write_drafts import begin_drafts
from tests.pages.writing import begin, passage, story, text


def opened(room: Room) -> PassageView:
    """The passage that is open by its own address: the page stays there."""
    told = room.told()
    room.open("write", story=told.id, passage=told.passages[-1].id)
    return told.passages[-1]


def press_unheard(room: Room, between: MuteApi, label: str) -> None:
    """Once without an answer; whoever pressed is told, and does not know that it was heard."""
    between.unanswered = b"POST "
    room.press(label)
    between.unanswered = None
    assert "cannot be reached" in room.shown()


def test_a_story_is_begun_once_though_its_answer_was_lost(room: Room, between: MuteApi) -> None:
    between.unanswered = b"POST /v1/stories "
    begin(room)
    assert "cannot be reached" in room.shown()
    between.unanswered = None
    [heard] = room.client.stories.page().stories
    room.press("Write")
    assert story(room).id == heard.id
    assert len(room.client.jobs.page().jobs) == 1


def test_another_seed_is_another_story_and_so_is_the_same_once_answered(
    room: Room, between: MuteApi
) -> None:
    between.unanswered = b"POST /v1/stories "
    begin(room)
    between.unanswered = None
    room.tab.text_area(key="sheet_story_seed").set_value("A fox")
    room.press("Write")
    assert {each.story_seed for each in room.client.stories.page().stories} == {SEED, "A fox"}
    room.press("New story")
    room.tab.text_area(key="sheet_story_seed").set_value("A fox")
    room.press("Write")
    assert len(room.client.stories.page().stories) == 3


@pytest.mark.parametrize("label", ["Continue", "Retry"])
def test_a_passage_is_told_once_though_its_answer_was_lost(
    room: Room, between: MuteApi, label: str
) -> None:
    opened(room)
    press_unheard(room, between, label)
    room.press(label)
    assert len(story(room).passages) == 3
    room.write(1)
    room.look_until("Done")
    room.press(label)
    assert len(story(room).passages) == 4, "that one was answered: this is another wish"


def test_drafts_are_told_once_though_their_answer_was_lost(room: Room, between: MuteApi) -> None:
    first = opened(room)
    room.tab.button_group(key="drafts_count").set_value(3)
    press_unheard(room, between, "Write drafts")
    assert len(story(room).passages) == 3, "the first of them was heard"
    begin_drafts(room, "What comes next", 3)
    drafts = story(room).passages[2:]
    assert [each.parent_id for each in drafts] == [first.id] * 3
    assert room.tab.query_params["drafts"] == ",".join(each.id for each in drafts)


def test_who_branches_and_gets_no_answer_goes_on_from_the_branch_once(
    room: Room, between: MuteApi
) -> None:
    left = opened(room)
    between.unanswered = b"/continue "
    room.press("Branch and continue")
    between.unanswered = None
    assert "cannot be reached" in room.shown()
    here = passage(room)
    assert left.text.startswith(here.text)
    room.press("Continue")
    assert [each.parent_id for each in story(room).passages].count(here.id) == 1


@pytest.mark.parametrize("label", ["Branch here", "Branch and continue"])
def test_a_passage_is_left_once_though_the_answer_was_lost(
    room: Room, between: MuteApi, label: str
) -> None:
    left = opened(room)
    between.unanswered = b"/branch "
    room.press(label)
    between.unanswered = None
    assert "cannot be reached" in room.shown()
    room.press(label)
    cut = [each for each in story(room).passages if each.revises_id == left.id]
    assert [each.text for each in cut] == ["t1 t2"]
    assert passage(room).id == cut[0].id or passage(room).parent_id == cut[0].id


def test_an_edit_is_saved_once_though_its_answers_were_lost(room: Room, between: MuteApi) -> None:
    told = room.told()
    room.client.stories.tell_on(told.id, told.passages[-1].id, Telling())
    room.write(2)
    room.open("write", story=told.id)
    room.press("Edit")
    room.press("Edit the passage before too")
    for number, typed in enumerate(("Once. ", "The end.")):
        room.tab.text_area(key=f"edit_{told.id}_{number}").set_value(typed)
    for _ in range(2):
        between.unanswered = b"/edit "
        room.press("Save")
        between.unanswered = None
        assert "cannot be reached" in room.shown()
        assert "somebody else" not in room.shown()
    room.press("Save")
    assert text(room) == "Once. The end."
    edited = [each.text for each in story(room).passages if each.origin is Origin.EDIT]
    assert sorted(edited) == ["Once. ", "The end.", "The end."], "its copy follows the first"


def test_the_fields_of_a_story_wait_for_its_request_and_keep_what_is_typed_meanwhile(
    room: Room, between: MuteApi
) -> None:
    controls = StoryControls(genre=Genre.HORROR, pov=PointOfView.FIRST)
    request = GenerateRequest(
        story_seed=SEED, controls=controls, memory="Ada is brave.", author_note="A storm."
    )
    begun = room.client.stories.create(NewStory(request=request))
    room.write()
    between.unanswered = b"GET /v1/jobs/"
    room.open("write", story=begun.id)
    assert room.tab.selectbox(key="sheet_genre").value == Genre.HORROR
    assert room.tab.selectbox(key="sheet_pov").value == PointOfView.FIRST
    assert room.tab.text_area(key="sheet_memory").value == ""
    room.tab.text_area(key="sheet_author_note").set_value("Mine.").run()
    between.unanswered = None
    room.tab.selectbox(key="sheet_pov").set_value(PointOfView.THIRD.value).run()
    assert room.tab.text_area(key="sheet_memory").value == "Ada is brave."
    assert room.tab.text_area(key="sheet_author_note").value == "Mine."
    assert room.tab.selectbox(key="sheet_pov").value == PointOfView.THIRD
    room.tab.text_area(key="sheet_memory").set_value("").run()
    assert room.tab.text_area(key="sheet_memory").value == ""
