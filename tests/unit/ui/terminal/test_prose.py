"""A story in a terminal: whole words, whatever pieces they come in."""

import pytest

from services.ui.terminal.prose import Prose

STORY = "Once upon a time there was a lighthouse keeper, who counted ships.\n\nThen he slept."


def shown(pieces: list[str], columns: int) -> list[str]:
    """The lines of a terminal that knows newline and backspace."""
    prose = Prose(columns)
    lines, column = [""], 0
    for char in "".join(prose.take(piece) for piece in pieces):
        if char == "\n":
            lines.append("")
            column = 0
        elif char == "\b":
            column -= 1
        else:
            lines[-1] = lines[-1][:column] + char + lines[-1][column + 1 :]
            column += 1
    return [line.rstrip() for line in lines]


@pytest.mark.parametrize("columns", [14, 20, 60, 200])
@pytest.mark.parametrize("size", [1, 2, 5, 1_000])
def test_no_word_is_torn_and_no_line_too_long(columns: int, size: int) -> None:
    lines = shown([STORY[at : at + size] for at in range(0, len(STORY), size)], columns)
    assert max(map(len, lines)) < columns
    assert " ".join(lines).split() == STORY.split()


def test_nothing_is_held_back() -> None:
    prose = Prose(20)
    assert [prose.take(piece) for piece in ("On", "ce", " up")] == ["On", "ce", " up"]


def test_lines_of_the_story_are_kept() -> None:
    assert shown([STORY], 200) == STORY.split("\n")


def test_a_word_longer_than_a_line_is_told_whole() -> None:
    assert "".join(shown(["a ", "x" * 30, " b"], 10)).replace(" ", "") == "a" + "x" * 30 + "b"
