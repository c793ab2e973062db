"""Reads a Project Gutenberg text file: decodes it and cuts the licence off.

Knows nothing of tales; what it returns still holds title pages, contents and notes.
"""

import re
from pathlib import Path

import ftfy

START = re.compile(r"\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG.*?\*\*\*", re.S)
SMALL_PRINT_END = re.compile(r"\*END ?\*?THE SMALL PRINT!.*?\*END\*", re.S)
END = re.compile(
    r"\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG"
    r"|^\s*\*?(?:End of )?(?:The |this )?Project Gutenberg(?:'s|’s)? e(?:text|book)"
    r"|^\s*End of (?:The |this )?Project Gutenberg"
    r"|^\*\*\* START: FULL LICENSE",
    re.M | re.I,
)


def read_book(path: Path) -> str:
    """Return the book between the licence texts, with plain quotes and `\\n` line ends."""
    text = ftfy.fix_text(decode(path.read_bytes()), explain=False).replace("\r", "")
    return strip_licence(text)


def decode(raw: bytes) -> str:
    """Old files are cp1252, whatever their header says; newer ones are UTF-8 with a mark."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def strip_licence(text: str) -> str:
    for marker in (START, SMALL_PRINT_END):
        if match := marker.search(text):
            text = text[match.end() :]
            break
    # Some old files repeat the marker's wording near the top, so look in the second half only.
    half = len(text) // 2
    end = END.search(text, half)
    return text[: end.start()] if end else text
