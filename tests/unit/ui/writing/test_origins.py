"""Whose words a text is made of."""

import pytest

from services.ui.writing import origins
from services.ui.writing.origins import Piece, edited, pieces_of, without_lead
from shared.library import Origin
from tests.unit.ui.writing.stories import passage, story

M, E = Origin.MODEL, Origin.EDIT
BEFORE = [Piece("The fox ran home. ", M)]


def test_an_edit_keeps_the_origin_of_the_words_that_it_kept() -> None:
    assert edited(BEFORE, "The old fox ran away. ") == [
        Piece("The ", M),
        Piece("old ", E),
        Piece("fox ran ", M),
        Piece("away. ", E),
    ]


def test_a_word_stays_its_writer_s_when_only_the_white_space_behind_it_changes() -> None:
    new = "The fox ran home.\n\nIt slept. "
    assert edited(BEFORE, new) == [Piece("The fox ran home.\n\n", M), Piece("It slept. ", E)]


@pytest.mark.parametrize(
    "text", ["", "The fox ran home. ", "Home ran the fox.", "x", "  \n ", "The"]
)
def test_the_pieces_are_the_text(text: str) -> None:
    assert "".join(piece.text for piece in edited(BEFORE, text)) == text
    assert all(piece.text for piece in edited(BEFORE, text))


def test_an_edit_of_an_edit_knows_the_model_s_words_still() -> None:
    told = story(
        passage("a", text="The fox ran home."),
        passage("b", text="The red fox ran home.", origin=E, revises="a"),
        passage("c", text="The red fox ran far.", origin=E, revises="b"),
    )
    assert pieces_of(told, told.passages[3]) == [
        Piece("The ", M),
        Piece("red ", E),
        Piece("fox ran ", M),
        Piece("far.", E),
    ]


def test_an_edit_of_two_thousand_edits_knows_whose_words_it_has() -> None:
    first = passage("0", text="The fox ran.")
    chain = [
        passage(str(each), text=f"The fox ran {each}.", origin=E, revises=str(each - 1))
        for each in range(1, 2_001)
    ]
    told = story(first, *chain)
    assert pieces_of(told, chain[-1]) == [Piece("The fox ", M), Piece("ran 2000.", E)]


def test_an_edit_of_unknown_source_is_the_editor_s() -> None:
    told = story(passage("a", text="By hand.", origin=E))
    assert pieces_of(told, told.passages[1]) == [Piece("By hand.", E)]


def test_what_is_too_long_to_compare_is_the_editor_s_between_the_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(origins, "MOST_WORDS", 2)
    assert edited([Piece("a b c d e", M)], "a x c y e") == [
        Piece("a ", M),
        Piece("x c y ", E),
        Piece("e", M),
    ]


def test_no_white_space_begins_a_page() -> None:
    assert without_lead([Piece("\n", M), Piece(" a", E), Piece(" b", M)]) == [
        Piece("a", E),
        Piece(" b", M),
    ]
    assert without_lead([Piece(" \n", M)]) == []
