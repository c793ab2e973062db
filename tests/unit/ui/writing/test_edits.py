"""Which edits a page takes up that its tab gives back."""

from dataclasses import replace

import pytest

from services.ui.state import Editing, PageState
from services.ui.writing import edits
from tests.unit.ui.writing.stories import passage, story

A = passage("a", text="Once ")
B = passage("b", "a", "upon ")
SEEN = story(A, B)
EDITING = Editing(
    story_id=SEEN.id,
    leaf_id="b",
    version=1,
    texts=["Once ", "and for all "],
    first=1,
    last=1,
    seen_ids=[each.id for each in SEEN.passages],
)


def test_what_was_saved_meanwhile_is_no_edit_any_more() -> None:
    saved = passage("c", "a", "and for all ")
    assert edits.is_unsaved(EDITING, SEEN)
    assert not edits.is_unsaved(EDITING, story(A, B, saved))
    assert not edits.is_unsaved(EDITING, story(A, B, saved, passage("d", "c", "it went on")))


def test_blank_lines_before_a_text_are_a_part_of_what_is_saved() -> None:
    spaced = replace(EDITING, leads=["", "\n\n"])
    assert edits.is_unsaved(spaced, story(A, B, passage("c", "a", "and for all ")))
    assert not edits.is_unsaved(spaced, story(A, B, passage("c", "a", "\n\nand for all ")))


@pytest.mark.parametrize(
    ("text", "lead"),
    [
        ("\n\nThen", "\n\n"),
        (" \n\t\n  Then", " \n\t\n"),
        ("  Then\n", ""),
        ("\n\n", "\n\n"),
        ("", ""),
    ],
)
def test_only_whole_blank_lines_are_parted_from_a_text(text: str, lead: str) -> None:
    assert edits.parted(text) == (lead, text[len(lead) :])


def test_what_others_saved_leaves_it_an_edit() -> None:
    assert edits.is_unsaved(EDITING, story(A, B, passage("c", "a", "there ")))
    assert edits.is_unsaved(EDITING, story(A, B, passage("c", "b", "and for all ")))


def test_a_passage_that_said_so_before_the_edit_does_not_end_it() -> None:
    older = passage("c", "a", "and for all ")
    again = replace(EDITING, seen_ids=[*EDITING.seen_ids, "c"])
    assert edits.is_unsaved(again, story(A, B, older))


def test_an_edit_of_what_the_story_has_not_is_none() -> None:
    assert not edits.is_unsaved(replace(EDITING, leaf_id="gone"), SEEN)
    assert not edits.is_unsaved(replace(EDITING, texts=["Once "]), SEEN)


def test_what_was_saved_without_an_answer_is_found_and_what_only_looks_like_it_is_not() -> None:
    typed = replace(EDITING, texts=["Twice ", "and for all "], first=0)
    one = passage("c", text="Twice ", revises="a")
    assert edits.saved_before(typed, story(A, B), 0) is None
    assert edits.saved_before(typed, story(A, B, one, passage("d", "c", "upon ")), 0) is None
    saved = story(A, B, one, passage("d", "c", "and for all "))
    assert edits.saved_before(typed, saved, 0) == one
    assert edits.saved_before(typed, saved, 1) is None, "it follows on another passage"
    again = replace(typed, seen_ids=[*typed.seen_ids, "c", "d"])
    assert edits.saved_before(again, saved, 0) is None, "it was there before the edit"


def test_a_title_of_ones_own_is_no_change_from_elsewhere() -> None:
    state = PageState(editings={SEEN.id: replace(EDITING)})
    edits.keep_up(state, SEEN.model_copy(update={"version": 2}))
    assert state.editings[SEEN.id].version == 2
    edits.keep_up(state, SEEN.model_copy(update={"version": 4}))
    assert state.editings[SEEN.id].version == 2, "somebody else made the third"
