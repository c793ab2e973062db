"""Step 3, metadata removal: out of a book come its stories' blocks, each under its heading.

Works on wrapped lines, because blank lines are what sets headings apart and whitespace clean-up
would take them away. The rules rather drop too much than leak a heading, a note or an editor.
"""

import re
from collections.abc import Iterator
from itertools import zip_longest

from training.preprocess.headings import (
    CHAPTER,
    NOT_A_TALE,
    begins_tale,
    is_shouted,
    leading_headings,
)
from training.preprocess.licence import strip_licence
from training.preprocess.records import Book, Section

GAP = re.compile(r"\n(?:[ \t]*\n){3,}")
"""Three blank lines set a heading apart in nearly every book; fewer separate paragraphs."""

BRACKETS = re.compile(
    r"\[(?:Illustration|Footnote|Transcriber|Sidenote|Note|Pg|Page)[^\[\]]*(?:\[[^\]]*\][^\[\]]*)*\]"
    r"|\[\d{1,3}\]|\[[A-Z*†]\]|\{\d+\}|\(\d{1,3}\)",
    re.I,
)
ITALIC_BLOCK = re.compile(r"(?<=\n\n)_([^_]+[.!?])_(?=\n[ \t]*\n)")
ITALIC = "\ue001"
"""Marks such a block until it is known whether it opens a tale: then it is a motto or a summary."""

ORNAMENT = re.compile(r"(?m)^[ \t*.·•⁂#~+—-]+$")
NOTE = re.compile(
    r"\W*(?:foot)?notes?\b|\W*(?:glossary|source|transcriber)|[*†‡\[]"
    r"|(?:the end|finis|(?:the |another )?moral)\W*$"
    r"|.*\b(?:pp?|vol)\.\s*[\divxlc]+\b|.*\b(?:see|note|author),?\s(?:note,\s)?page\s\d",
    re.I | re.S,
)

COMMENT = re.compile(
    r"\b(?:in another (?:version|variant)|variant,? of|'s variants|remarkable version|to be quoted"
    r"|(?:remarked|mentioned|noticed) above|literally translated|the only (?:known )?instance"
    r"|(?:will|shall) now turn|(?:fore-?going|above|preceding) (?:story|tale|legend))\b",
    re.I,
)
"""A scholar, who speaks after a tale and sometimes before the next one."""

BACK_MATTER = re.compile(r"\W*(?:notes?|appendix|glossary|index)\b", re.I)
BACK = 0.8
"""Beyond this share of a book a heading of notes means that no tale follows, only their notes."""

HEADNOTE = re.compile(
    r"\W*(?:an?|this|the following)(?: \w+){0,3} (?:version|adaptation|translation|retelling)\b"
    r"|\W*(?:translated|adapted|retold|re-told|abridged|reprinted|from the \w+ of)\b"
    r"|\W*(?:by permission|showing how|in which)\b",
    re.I,
)


def sections_of(book: Book) -> Iterator[Section]:
    for part_title, part in parts(without_markup(strip_licence(book.text))):
        for title, blocks in tales_within(part_title, part):
            if kept := story_blocks(blocks):
                yield Section(book.name, book.collection, title, kept)


def without_markup(text: str) -> str:
    text = ITALIC_BLOCK.sub(rf"{ITALIC}\1", BRACKETS.sub("", text))
    return ORNAMENT.sub("", re.sub(r"[_=]", "", text))


def parts(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (heading, blocks); a part without a heading continues the one before it."""
    title, body = "contents", list[str]()
    read = 0
    for part in GAP.split(text):
        read += len(part)
        blocks = [block for block in re.split(r"\n[ \t]*\n", part) if block.strip()]
        headings = leading_headings(blocks)
        if headings:
            if not NOT_A_TALE.search(title):
                yield title, body
            if read > BACK * len(text) and BACK_MATTER.match(headings[0]):
                return
            heading = " ".join(" ".join(block.split()) for block in headings)
            number_only = bool(title) and not body and bool(CHAPTER.fullmatch(title))
            title = f"{title} {heading}" if number_only else heading
            body = []
        body += blocks[len(headings) :]
    if not NOT_A_TALE.search(title):
        yield title, body


def tales_within(title: str, blocks: list[str]) -> Iterator[tuple[str, list[str]]]:
    """Part tales that are set apart by a line in capitals only; other such lines just go."""
    body = list[str]()
    for block, following in zip_longest(blocks, blocks[1:], fillvalue=""):
        flat = " ".join(block.split())
        if is_note(block) or not is_shouted(flat):
            body.append(block)
        elif begins_tale(flat, following) and body:
            yield title, body
            title, body = flat, []
    yield title, body


def story_blocks(blocks: list[str]) -> list[str]:
    """Stop at the first note; drop credits, mottoes and signatures at either end."""
    end = next((i for i, block in enumerate(blocks) if is_note(block)), len(blocks))
    kept = blocks[:end]
    while kept and (is_headnote(kept[0]) or not is_sentence(kept[0])):
        kept = kept[1:]
    while kept and not is_sentence(kept[-1]):
        kept = kept[:-1]
    return [block.replace(ITALIC, "") for block in kept]


def is_note(block: str) -> bool:
    return bool(NOTE.match(block.strip()) or COMMENT.search(" ".join(block.split())))


def is_headnote(block: str) -> bool:
    return block.lstrip().startswith(ITALIC) or bool(HEADNOTE.match(block.strip()))


def is_sentence(block: str) -> bool:
    closed = block.rstrip().rstrip("\"')")[-1:] in (".", "!", "?", "—")
    words = block.split()
    lower = sum(word[:1].islower() for word in words)
    return closed and len(words) > 5 and lower > 0.5 * len(words)
