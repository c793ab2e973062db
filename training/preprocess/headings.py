"""Tells headings from prose, and parts that are no tale by what their heading says."""

import re

NOT_A_TALE = re.compile(
    r"\b(preface|introduct\w*|contents|notes?|appendix|index|glossary|illustrations?|dedicat\w*"
    r"|foreword|transcriber\w*|bibliograph\w*|advertis\w*|publish\w*|prologue|editor\w*|errata"
    r"|sources|references|credits|acknowledg\w*|footnotes?|proverbs|riddles|songs?|ballads?"
    r"|vocabulary|pronunciation|copyright|list of|remarks|to the (?:\w+ )?reader|printed"
    r"|books? (?:by|for)|series|illustrated)\b|^to \w+,? and ",
    re.I,
)
CHAPTER = re.compile(r"\W*((chapter|part|book|section)\b.*|[IVXLC]+\b\.?|\d+\W*)", re.I)
BARE_CHAPTER = re.compile(r".*\bchapter\s+[IVXLC\d]+\W*", re.I)
NUMERAL = re.compile(r"\W*(?:[IVXLC]+|\d+)\W*")
NUMBERED = re.compile(r"[IVXLC]+\.\W+[^\W\d]{3}")
TALE_OPENING = re.compile(
    r"\W*(?:(?:once|long ago|long,|many years|in (?:a|the) (?:old|certain|far|great|days))\b"
    r"|(?:there|here) (?:was|were|lived|once)\b|an? \w+ (?:\w+ )?(?:had|was|once|lived)\b)",
    re.I,
)
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


def is_shouted(block: str) -> bool:
    """A line all in capitals that nobody speaks: a heading, even in the middle of a story."""
    letters = [char for char in block if char.isalpha()]
    return bool(letters) and all(map(str.isupper, letters)) and '"' not in block


def begins_tale(heading: str, following: str) -> bool:
    """Whether a heading inside a part is a new tale's and not a chapter's of the same."""
    return bool(NUMBERED.match(heading) or TALE_OPENING.match(following))


def leading_headings(blocks: list[str]) -> list[str]:
    count = 0
    while count < len(blocks) and is_heading(blocks[count]):
        count += 1
    return blocks[:count]
