"""Step 5, concatenation: the pieces of a story become one text under one title.

Pieces are paragraphs torn by a picture or a page's end, and parts headed by a mere number.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

from training.preprocess.headings import BARE_CHAPTER, CHAPTER, NUMERAL
from training.preprocess.records import Section
from training.tales import Tale

MIN_CHARS = 500
LONGER_WORKS = "literary_tales"
"""In this collection numbered parts are chapters; in the others they are numbered tales."""


def tales_of(sections: Iterable[Section]) -> Iterator[Tale]:
    for _, book in groupby(sections, key=lambda section: section.book):
        for section in joined_parts(book):
            if tale := tale_of(section):
                yield tale


def tale_of(section: Section) -> Tale | None:
    paragraphs = mended(section.blocks)
    paragraphs[0] = lower_drop_cap(paragraphs[0], " ".join(section.blocks))
    tale = Tale(section.book, section.collection, section.title, paragraphs, is_chapter(section))
    return tale if len(tale.text) >= MIN_CHARS else None


def is_chapter(section: Section) -> bool:
    """`CHAPTER XIV CINDERELLA` is a whole tale in an anthology, `CHAPTER XIV` never."""
    pattern = CHAPTER.match if section.collection == LONGER_WORKS else BARE_CHAPTER.fullmatch
    return bool(pattern(section.title))


def joined_parts(sections: Iterable[Section]) -> Iterator[Section]:
    """A part `II` belongs to the story before it, unless both are chapters of a longer work."""
    story: Section | None = None
    for section in sections:
        if story and section.collection != LONGER_WORKS and NUMERAL.fullmatch(section.title):
            story.blocks.extend(section.blocks)
            continue
        if story:
            yield story
        story = Section(section.book, section.collection, section.title, list(section.blocks))
    if story:
        yield story


def mended(paragraphs: list[str]) -> list[str]:
    """Join a paragraph that stops without a stop to one that goes on in small letters."""
    whole = list[str]()
    for paragraph in paragraphs:
        prose = whole and "\n" not in whole[-1] + paragraph
        if prose and whole[-1][-1].isalpha() and paragraph[0].islower():
            whole[-1] += " " + paragraph
        else:
            whole.append(paragraph)
    return whole


def lower_drop_cap(paragraph: str, story: str) -> str:
    """`PRINCE PRIGIO did` becomes `Prince Prigio did`: a name keeps the capital of the story."""
    words = paragraph.split(" ")
    for index, word in enumerate(words[:6]):
        if not word.isupper():
            break
        if word.strip("\"',") == "I":
            continue
        is_name = story.count(f" {capital(word)}") > story.count(f" {word.lower()}")
        words[index] = capital(word) if index == 0 or is_name else word.lower()
    return " ".join(words)


def capital(word: str) -> str:
    """Also where a quotation mark comes first."""
    start = next(index for index, char in enumerate(word) if char.isalpha())
    return word[: start + 1] + word[start + 1 :].lower()
