"""What a reader knows grows with each event."""

import pytest

from services.ui import wording
from services.ui.story import Phase, Story
from shared.client.errors import ApiError, FieldProblem
from shared.errors import ErrorCode
from shared.events import (
    CancelledEvent,
    CheckpointEvent,
    ErrorEvent,
    Event,
    QueuedEvent,
    ResumedEvent,
    StartedEvent,
    TokenEvent,
)
from shared.jobs import Eta

STARTED = StartedEvent(worker="w1", model="m", attempt=1)
FIRST = TokenEvent(index=1, text="Once", ids=[7])
SECOND = TokenEvent(index=3, text=" upon a", ids=[8, 9])
CASES: list[tuple[list[Event], str]] = [
    ([], "Opening the story…"),
    ([QueuedEvent(position=0)], "Waiting: next in line"),
    ([QueuedEvent(position=1)], "Waiting: one story runs before this one"),
    (
        [QueuedEvent(position=4, eta=Eta(p50=2.2, p90=8.9))],
        "Waiting: 4 stories run before this one · 2–9 s",
    ),
    ([QueuedEvent(position=0, eta=Eta(p50=0.1, p90=0.2))], "Waiting: next in line · about 1 s"),
    ([QueuedEvent(position=2, served=False)], f"Waiting: {wording.UNSERVED}"),
    ([QueuedEvent(position=0, served=False), QueuedEvent(position=0)], "Waiting: next in line"),
    ([STARTED, FIRST, QueuedEvent(position=0, served=False)], f"Waiting: {wording.UNSERVED}"),
    ([STARTED], "Writing…"),
    ([ResumedEvent(attempt=2)], "Writing…"),
    ([STARTED, FIRST, ResumedEvent(attempt=2)], "Writing, picked up again by another worker"),
    (
        [STARTED, FIRST, StartedEvent(worker="w2", model="m", attempt=2)],
        "Writing, picked up again by another worker",
    ),
    ([STARTED, FIRST, ResumedEvent(attempt=2), SECOND], "Writing…"),
    ([FIRST, SECOND, CheckpointEvent(index=3, sha256="")], "Writing…"),
    ([STARTED, FIRST, QueuedEvent(position=0)], "Waiting to go on…"),
    ([ErrorEvent(code=ErrorCode.INTERNAL, detail="Oh.")], "The story could not be written."),
    ([FIRST, CancelledEvent()], "Stopped · 1 word · 1 token"),
    (
        [FIRST, SECOND, ErrorEvent(code=ErrorCode.INTERNAL, detail="Oh.")],
        "Failed · 3 words · 3 tokens",
    ),
]


@pytest.mark.parametrize(("events", "said"), CASES, ids=[said for _, said in CASES])
def test_the_status_tells_where_the_story_stands(events: list[Event], said: str) -> None:
    story = Story()
    for event in events:
        story = story.after(event)
    assert wording.status(story) == said


def test_the_text_is_that_of_the_tokens() -> None:
    story = Story().after(FIRST).after(SECOND)
    assert (story.text, story.tokens, story.words) == ("Once upon a", 3, 3)


def test_a_story_of_which_a_page_shows_words_is_not_being_opened() -> None:
    assert wording.status(Story().reading("")) == "Opening the story…"
    assert wording.status(Story().reading("Once")) == "Writing…"
    waiting = Story().after(QueuedEvent(position=0)).reading("Once")
    assert wording.status(waiting) == "Waiting: next in line"


def test_a_lost_reader_keeps_what_it_has() -> None:
    error = ApiError("stalled", "Nothing came.")
    story = Story().after(FIRST).lost(error)
    assert (story.phase, story.text, story.error) == (Phase.LOST, "Once", error)


def test_an_error_on_one_line_names_fields_and_advice() -> None:
    fields = (FieldProblem(field="controls.constraints.2", message="must not be blank"),)
    error = ApiError(ErrorCode.CONTEXT_EXCEEDED, "Too\nlong.", fields=fields)
    line = "Too long. Constraints: must not be blank. Shorten the seed or the constraints, or ask"
    assert wording.error_line(error) == f"{line} for fewer tokens."


def test_where_another_worker_went_on_is_remembered_and_told_in_words() -> None:
    story = Story()
    for event in (STARTED, FIRST, SECOND, ResumedEvent(attempt=2), ResumedEvent(attempt=2)):
        story = story.after(event)
    story = story.after(TokenEvent(index=4, text=" time", ids=[9])).after(ResumedEvent(attempt=3))
    ended = story.after(CancelledEvent())
    assert wording.picked_up(ended) == (
        "Picked up again by another worker at word 3 and at word 4."
    )
    assert wording.picked_up(ended, words_before=2).endswith("at word 5 and at word 6.")
    assert wording.picked_up(Story().after(STARTED).after(FIRST)) == ""
