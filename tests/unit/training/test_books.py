"""Cleaning: what must never reach the model, and what must survive."""

from pathlib import Path

import pytest

from training.books import is_heading, sections, tales_of, tidy, unwrap
from training.gutenberg import decode, strip_licence

STORY = (
    "There was once a miller who had a mill, and the mill stood by a river, and\n"
    "the river ran down to the sea. Every morning the miller rose before the sun,\n"
    "and every evening he sat before his door and counted the swallows.\n"
)
BOOK = f"""The Project Gutenberg EBook of Small Tales

*** START OF THIS PROJECT GUTENBERG EBOOK SMALL TALES ***



Produced by Somebody




CONTENTS

  THE MILLER AND THE SEA
  THE FOX



PREFACE

These tales were collected by the editor in the year 1890.




THE MILLER AND THE SEA

{STORY}
[Illustration: The miller [from a drawing]]

{STORY}[1]

{STORY}
[Footnote 1: A note of the editor.]




NOTES

The editor says something learned here.

*** END OF THIS PROJECT GUTENBERG EBOOK SMALL TALES ***

The licence.
"""


def tales(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "grimm" / "small.txt"
    path.parent.mkdir()
    path.write_bytes(text.replace("\n", "\r\n").encode("utf-8-sig"))
    return [tale.text for tale in tales_of(path)]


def test_only_the_tale_is_left_of_a_book(tmp_path: Path) -> None:
    paragraph = STORY.replace("\n", " ").strip()
    assert tales(tmp_path, BOOK) == ["\n\n".join([paragraph] * 3)]


@pytest.mark.parametrize(
    "text",
    [
        "*** START OF THIS PROJECT GUTENBERG BOOK ***\nTale.\n***END OF THE PROJECT GUTENBERG X",
        "***START OF THE PROJECT GUTENBERG\nEBOOK X***\nTale.\nEnd of Project Gutenberg's X\n",
        "letter\n*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04*END*\nTale.",
        "*END THE SMALL PRINT! X*Ver.1*END*\nTale.\nEnd of The Project Gutenberg Etext of X",
    ],
)
def test_licence_is_cut_off_in_every_format(text: str) -> None:
    tale = "A tale.\n" * 100
    assert strip_licence(text.replace("Tale.", tale)).strip() == tale.strip()


def test_old_files_are_windows_1252() -> None:
    assert decode("Märchen — fée".encode("cp1252")) == "Märchen — fée"
    assert decode("Märchen".encode("utf-8-sig")) == "Märchen"


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("_Once_ upon--a time", "Once upon—a time"),
        ("the king[12] said{3}", "the king said"),
        ("*       *       *", ""),
        ("he said, 'Come in,' and 'Sit down.'", 'he said, "Come in," and "Sit down."'),
        ("the king's son didn't know", "the king's son didn't know"),
    ],
)
def test_marks_are_written_in_one_way(raw: str, clean: str) -> None:
    assert tidy(raw) == clean


@pytest.mark.parametrize(
    "heading", ["THE FOX", "XII. The Magic Ring", "CHAPTER IV", "Hans in Luck"]
)
def test_headings_are_recognised(heading: str) -> None:
    assert is_heading(heading)


@pytest.mark.parametrize("text", ["Once there was a king.", '"Come!" he cried, and ran.', STORY])
def test_sentences_are_no_headings(text: str) -> None:
    assert not is_heading(text)


def test_a_part_without_heading_continues_the_tale() -> None:
    text = (
        "THE FOX\n\nfirst words of it.\n\n\n\n\nmore words of it.\n\n\n\n\nTHE CAT\n\nother words."
    )
    assert [title for title, _ in sections(text)] == ["THE FOX", "THE CAT"]
    assert next(sections(text))[1] == ["first words of it.", "more words of it."]


def test_wrapped_lines_join_but_verse_keeps_its_lines() -> None:
    assert unwrap(STORY).count("\n") == 0
    assert unwrap("Mirror, mirror,\non the wall") == "Mirror, mirror,\non the wall"
