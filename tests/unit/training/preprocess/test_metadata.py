"""What must never reach the model, and what must survive."""

import pytest

from training.preprocess.headings import is_heading
from training.preprocess.licence import strip_licence
from training.preprocess.metadata import parts, sections_of, without_markup
from training.preprocess.records import Book

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


def test_only_the_story_is_left_of_a_book() -> None:
    sections = list(sections_of(Book("small", "grimm", BOOK)))
    assert [section.title for section in sections] == ["THE MILLER AND THE SEA"]
    assert [block.strip() for block in sections[0].blocks] == [STORY.strip()] * 3


@pytest.mark.parametrize(
    "text",
    [
        "*** START OF THIS PROJECT GUTENBERG BOOK ***\nTale.\n***END OF THE PROJECT GUTENBERG X",
        "***START OF THE PROJECT GUTENBERG\nEBOOK X***\nTale.\nEnd of Project Gutenberg's X\n",
        "letter\n*END*THE SMALL PRINT! FOR PUBLIC DOMAIN ETEXTS*Ver.04*END*\nTale.",
        "*END THE SMALL PRINT! X*Ver.1*END*\nTale.\nEnd of The Project Gutenberg Etext of X",
        "*** START OF THE PROJECT GUTENBERG X ***\nTale.\n***START**THE SMALL PRINT!**FOR X\n",
    ],
)
def test_licence_is_cut_off_in_every_format(text: str) -> None:
    tale = "A tale.\n" * 100
    assert strip_licence(text.replace("Tale.", tale)).strip() == tale.strip()


def test_a_book_without_licence_stays_whole() -> None:
    assert strip_licence(STORY) == STORY


@pytest.mark.parametrize(
    ("raw", "clean"),
    [
        ("_Once_ upon a time", "Once upon a time"),
        ("the king[12] said{3}", "the king said"),
        ("[Sidenote: A king] the king[A]", " the king"),
        ("*       *       *", ""),
        ("—————", ""),
    ],
)
def test_markup_goes(raw: str, clean: str) -> None:
    assert without_markup(raw) == clean


@pytest.mark.parametrize(
    "heading",
    ["THE FOX", "XII. The Magic Ring", "CHAPTER IV", "Hans in Luck", "The Wolf And The Lamb"],
)
def test_headings_are_recognised(heading: str) -> None:
    assert is_heading(heading)


@pytest.mark.parametrize("text", ["Once there was a king.", '"Come!" he cried, and ran.', STORY])
def test_sentences_are_no_headings(text: str) -> None:
    assert not is_heading(text)


@pytest.mark.parametrize(
    "headnote",
    [
        "_The Ant-King praises the Princess, and by a bed wonderful things come about._\n",
        "A shortened version of the familiar tale, which everybody knows.\n",
        "Showing how one may be lost in wonder at the story of the cat.\n",
    ],
)
def test_an_editors_word_before_the_story_goes(headnote: str) -> None:
    text = f"\n\n\n\n\nTHE BED\n\n{headnote}\n{STORY}\n_Come home at once, my dear son._\n\n{STORY}"
    (only,) = sections_of(Book("small", "grimm", text))
    ends = [STORY.strip(), "Come home at once, my dear son.", STORY.strip()]
    assert [block.strip() for block in only.blocks] == ends


def test_a_tale_that_only_capitals_set_apart_is_a_tale_of_its_own() -> None:
    other = "Once there was a pig.\n" + STORY
    text = f"\n\n\n\n\nTHE MILL\n\n{STORY}\nSECOND PART\n\nHe {STORY}\nTHE PIG\n\n{other}"
    found = list(sections_of(Book("small", "grimm", text)))
    assert [(each.title, len(each.blocks)) for each in found] == [("THE MILL", 2), ("THE PIG", 1)]


def test_a_citation_ends_the_story_even_over_two_lines() -> None:
    text = (
        f"\n\n\n\n\nTHE MILL\n\n{STORY}\nThus told by the smith (Stephens, p.\n  381).\n\n{STORY}"
    )
    (only,) = sections_of(Book("small", "grimm", text))
    assert [block.strip() for block in only.blocks] == [STORY.strip()]


def test_after_the_notes_of_a_book_no_tale_is_looked_for() -> None:
    tales = "".join(f"\n\n\n\n\nTALE {name}\n\n{STORY * 3}" for name in "ABCDE")
    back = f"\n\n\n\n\nNOTES\n\n\n\n\nTALE A\n\n{STORY}"
    titles = [each.title for each in sections_of(Book("small", "grimm", tales + back))]
    assert titles == [f"TALE {name}" for name in "ABCDE"]


@pytest.mark.parametrize(
    "comment",
    [
        "In another\nversion of it the miller, as in the foregoing story, is a smith.\n",
        "In one of Pitrè's variants a sausage takes the place of the miller.\n",
        "As we have remarked above, this story is often found incomplete.\n",
        "It is here for the first time literally translated into English.\n",
        "According to the teller this is the only instance of such a mill.\n",
    ],
)
def test_a_scholars_comment_ends_the_story(comment: str) -> None:
    text = f"\n\n\n\n\nTHE MILL\n\n{STORY}\n{comment}\n{STORY}"
    (only,) = sections_of(Book("small", "grimm", text))
    assert [block.strip() for block in only.blocks] == [STORY.strip()]


@pytest.mark.parametrize("heading", ["FOOTNOTE:", "FOOTNOTES", "MORAL", "THE END"])
def test_what_stands_under_a_note_in_capitals_goes(heading: str) -> None:
    note = "A long piece of cotton or silk cloth, and the principal garment of the women.\n"
    text = f"\n\n\n\n\nTHE MILL\n\n{STORY}\n{heading}\n\n[1] {note}\n{note}"
    (only,) = sections_of(Book("small", "grimm", text))
    assert [block.strip() for block in only.blocks] == [STORY.strip()]


def test_a_part_without_heading_continues_the_story() -> None:
    text = (
        "THE FOX\n\nfirst words of it.\n\n\n\n\nmore words of it.\n\n\n\n\nTHE CAT\n\nother words."
    )
    assert [title for title, _ in parts(text)] == ["THE FOX", "THE CAT"]
    assert next(parts(text))[1] == ["first words of it.", "more words of it."]
