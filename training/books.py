"""Turns books into tales: `python -m training.books --books DIR --out FILE`.

A tale is a title and clean paragraphs. The rules prefer dropping too much to leaking headings,
notes or an editor's voice; which tales are good reading is decided in `training.readability`.
"""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

from training.gutenberg import read_book
from training.tales import Tale, write_tales

GAP = re.compile(r"\n(?:[ \t]*\n){3,}")
"""Three blank lines set a heading apart in nearly every book; fewer separate paragraphs."""

MARKUP = re.compile(
    r"\[(?:Illustration|Footnote|Transcriber|Sidenote|Note|Pg|Page)[^\[\]]*(?:\[[^\]]*\][^\[\]]*)*\]"
    r"|\[\d{1,3}\]|\[[A-Z*†]\]|\{\d+\}|\(\d{1,3}\)",
    re.I,
)
NOT_A_TALE = re.compile(
    r"\b(preface|introduct|contents|notes?|appendix|index|glossary|illustrations?|dedicat|foreword"
    r"|transcriber|bibliograph|advertis|publish|prologue|editor|errata|sources|references|credits"
    r"|acknowledg|footnotes?|proverbs|riddles|song|ballad|vocabulary|pronunciation|copyright"
    r"|list of|remarks|to the reader|printed|books? (?:by|for)|series)\b",
    re.I,
)
NOTE = re.compile(
    r"\W*(foot)?notes?\b|\W*(glossary|source|transcriber)|^[*†‡]|^\[|^the end\W*$", re.I
)
CHAPTER = re.compile(r"\W*((chapter|part|book|section)\b.*|[IVXLC]+\b\.?|\d+\W*)", re.I)
OPENERS = ("once", "there", "a ", "an ", "in ", "long", "one", "the ", "many", "now", "at ", "far")
MIN_CHARS = 500


def tales_of(path: Path) -> Iterator[Tale]:
    text = tidy(read_book(path))
    for title, blocks in sections(text):
        paragraphs = prose(blocks)
        if paragraphs and len("\n\n".join(paragraphs)) >= MIN_CHARS:
            chapter = path.parent.name == "literary_tales" and bool(CHAPTER.match(title))
            yield Tale(path.stem, path.parent.name, title, paragraphs, chapter)


def tidy(text: str) -> str:
    """Remove markup, and write dashes and quotation marks in one way throughout."""
    text = MARKUP.sub("", text).replace("_", "").replace("=", "")
    text = re.sub(r" ?-{2,} ?|[–―]", "—", text)
    text = re.sub(r"(?m)^[ \t*.·#~+-]+$", "", text)
    if len(re.findall(r"[\s—]'\w", text)) > 2 * len(re.findall(r'[\s—]"\w', text)):
        text = re.sub(r"(?m)(^|(?<=[\s(—]))'(?=[\w—])", '"', text)
        text = re.sub(r"(?m)(?<=[.,!?;:—])'(?=$|[\s)—])", '"', text)
    return text


def sections(text: str) -> Iterator[tuple[str, list[str]]]:
    """Yield (heading, blocks); a part without a heading continues the one before it."""
    title, body = "contents", list[str]()
    for part in GAP.split(text):
        blocks = [block for block in re.split(r"\n[ \t]*\n", part) if block.strip()]
        headings = leading_headings(blocks)
        if headings:
            if not NOT_A_TALE.search(title):
                yield title, body
            heading = " ".join(" ".join(block.split()) for block in headings)
            numbers_only = bool(title) and not body and bool(CHAPTER.fullmatch(title))
            title = f"{title} {heading}" if numbers_only else heading
            body = []
        body += blocks[len(headings) :]
    if not NOT_A_TALE.search(title):
        yield title, body


def leading_headings(blocks: list[str]) -> list[str]:
    count = 0
    while count < len(blocks) and is_heading(blocks[count]):
        count += 1
    return blocks[:count]


def is_heading(block: str) -> bool:
    flat = " ".join(block.split())
    letters = [char for char in flat if char.isalpha()]
    if not letters or len(flat) > 120:
        return not letters
    if CHAPTER.fullmatch(flat) or sum(map(str.isupper, letters)) > 0.7 * len(letters):
        return True
    if flat[-1] in '!?"' or (flat[-1] in ".,:;—" and flat.lower().startswith(OPENERS)):
        return False
    words = [word for word in flat.split() if len(word) > 3]
    capital = sum(word.lstrip("\"'(")[:1].isupper() for word in words)
    return len(flat) < 70 and capital >= 0.7 * len(words)


def prose(blocks: list[str]) -> list[str]:
    """Unwrap blocks to paragraphs; stop at the first note, drop credits at either end."""
    paragraphs = list[str]()
    for block in blocks:
        if NOTE.match(block.strip()):
            break
        paragraphs.append(unwrap(block))
    while paragraphs and not is_sentence(paragraphs[0]):
        paragraphs.pop(0)
    while paragraphs and not is_sentence(paragraphs[-1]):
        paragraphs.pop()
    if paragraphs:
        paragraphs[0] = lower_drop_cap(paragraphs[0])
    return paragraphs


def unwrap(block: str) -> str:
    """Join wrapped lines; verse (every line indented or short) keeps its line breaks."""
    lines = [line.rstrip() for line in block.splitlines() if line.strip()]
    verse = len(lines) > 1 and all(len(line) < 52 or line.startswith("  ") for line in lines)
    joined = ("\n" if verse else " ").join(" ".join(line.split()) for line in lines)
    return re.sub(r" +([,.;:!?])", r"\1", joined)


def is_sentence(paragraph: str) -> bool:
    closed = paragraph.rstrip("\"')")[-1:] in (".", "!", "?", "—")
    words = paragraph.split()
    lower = sum(word[:1].islower() for word in words)
    return closed and len(words) > 5 and lower > 0.5 * len(words)


def lower_drop_cap(paragraph: str) -> str:
    """`ONCE UPON a time` becomes `Once upon a time`; a lone `A` or `I` stays."""
    words = paragraph.split(" ")
    for index, word in enumerate(words[:6]):
        if not word.isupper() or (index and word == "I"):
            break
        words[index] = word.capitalize() if index == 0 else word.lower()
    return " ".join(words)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--books", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("var/training/tales.jsonl"))
    arguments = parser.parse_args()
    paths = sorted(arguments.books.rglob("*.txt"))
    write_tales(arguments.out, (tale for path in paths for tale in tales_of(path)))


if __name__ == "__main__":
    main()
