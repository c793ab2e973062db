"""Tells headings from prose, and parts that are no tale by what their heading says."""

import re

NOT_A_TALE = re.compile(
    r"\b(preface|introduct\w*|contents|notes?|appendix|index|glossary|illustrations?|dedicat\w*"
    r"|foreword|transcriber\w*|bibliograph\w*|advertis\w*|publish\w*|prologue|editor\w*|errata"
    r"|sources|references|credits|acknowledg\w*|footnotes?|proverbs|riddles|songs?|ballads?"
    r"|vocabulary|pronunciation|copyright|list of|remarks|to the reader|printed|books? (?:by|for)"
    r"|series)\b",
    re.I,
)
CHAPTER = re.compile(r"\W*((chapter|part|book|section)\b.*|[IVXLC]+\b\.?|\d+\W*)", re.I)
NUMERAL = re.compile(r"\W*(?:[IVXLC]+|\d+)\W*")
OPENERS = ("once", "there", "a ", "an ", "in ", "long", "one", "the ", "many", "now", "at ", "far")


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


def leading_headings(blocks: list[str]) -> list[str]:
    count = 0
    while count < len(blocks) and is_heading(blocks[count]):
        count += 1
    return blocks[:count]
