"""Looks through every chosen tale for what should not have survived."""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from training.preprocess.headings import is_shouted
from training.preprocess.records import ChosenTale, read_records
from training.tales import Tale

GIVE_AWAYS: Mapping[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "publisher": r"(?i)gutenberg|\be-?(?:text|book)s?\b|small print|public domain",
        "producer": r"(?im)^\W*produced by\b|transcriber|proofread|\bscanned by\b|www\.|http",
        "markup": r"\[(?:Illustration|Footnote|Sidenote|Pg|\d)|_\w|\w_|</?[a-z]+>|<\|",
        "page": r"(?i)\b(?:see|note|author),? page \d|\bpp?\.\s?\d|\(see p",
        "contents": r"(?m)\.{5,}|^\s*CONTENTS\b",
        "notes": r"(?im)^\W*(?:foot)?notes?\b\W*:|\bibid\b|\bop\. cit|\bcf\. |\bet seq",
        "editor": r"(?i)\bthis (?:edition|collection|volume (?:is|was))\b|\bthe compiler\b",
        "scholar": r"(?i)\bin another (?:version|variant)|\bRalston\b|\bPitr[eè]\b"
        r"|\bKozma\b|remarkable version|ibidem|(?:remarked|mentioned) above|literally translated",
        "edition": r"(?i)\b(?:first|second|third) edition|copyright|all rights reserved",
        "separator": r"(?m)^\W{3,}$",
    }.items()
}
HEADING = re.compile(r"^(?:CHAPTER|PART|BOOK|SECTION) [IVXLC\d]+\b|^[IVXLC]{1,6}\.?$")


@dataclass(frozen=True, slots=True)
class Leak:
    kind: str
    book: str
    title: str
    around: str


def leaks_of(tale: Tale) -> Iterator[Leak]:
    for kind, pattern in GIVE_AWAYS.items():
        for match in pattern.finditer(tale.text):
            around = tale.text[max(0, match.start() - 40) : match.end() + 40]
            yield Leak(kind, tale.book, tale.title, around.replace("\n", " / "))
    for paragraph in tale.paragraphs:
        if HEADING.match(paragraph) or is_shouted(paragraph):
            yield Leak("heading", tale.book, tale.title, paragraph[:80])


def report(path: Path) -> int:
    """Write every leak and a count; 1 if there was any."""
    tales = list(read_records(path, ChosenTale))
    found = [leak for tale in tales for leak in leaks_of(tale)]
    write(found)
    sys.stdout.write(f"{len(found)} give-aways in {len(tales)} tales\n")
    return 1 if found else 0


def write(leaks: Iterable[Leak]) -> None:
    for leak in leaks:
        sys.stdout.write(f"{leak.kind}: {leak.around!r} ({leak.title}, {leak.book})\n")
