"""Cuts the publisher's licence and letter off, in both formats; an end marker may be missing."""

import re

START = re.compile(r"\*\*\* ?START OF (?:THE|THIS) PROJECT GUTENBERG.*?\*\*\*", re.S)
SMALL_PRINT_END = re.compile(r"\*END ?\*?THE SMALL PRINT!.*?\*END\*", re.S)
END = re.compile(
    r"\*\*\* ?END OF (?:THE|THIS) PROJECT GUTENBERG"
    r"|^\s*\*?(?:End of )?(?:The |this )?Project Gutenberg(?:'s)? e(?:text|book)"
    r"|^\s*End of (?:The |this )?Project Gutenberg"
    r"|^\*\*\* START: FULL LICENSE"
    r"|^\*+START\*+THE SMALL PRINT!",
    re.M | re.I,
)


def strip_licence(text: str) -> str:
    for marker in (START, SMALL_PRINT_END):
        if match := marker.search(text):
            text = text[match.end() :]
            break
    # Some old files repeat the marker's wording near the top, so look in the second half only.
    half = len(text) // 2
    end = END.search(text, half)
    return text[: end.start()] if end else text
