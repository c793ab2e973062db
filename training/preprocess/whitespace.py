"""Step 4, whitespace: lines wrapped at 72 columns become paragraphs; verse keeps its lines."""

import re
from dataclasses import replace

from training.preprocess.records import Section

VERSE_COLUMNS = 52


def unwrapped(section: Section) -> Section:
    return replace(section, blocks=[unwrap(block) for block in section.blocks])


def unwrap(block: str) -> str:
    lines = [line.rstrip() for line in block.splitlines() if line.strip()]
    joined = ("\n" if is_verse(lines) else " ").join(" ".join(line.split()) for line in lines)
    return re.sub(r" +([,.;:!?])", r"\1", joined)


def is_verse(lines: list[str]) -> bool:
    """More than one line, and every one of them indented or short."""
    return len(lines) > 1 and all(
        len(line) < VERSE_COLUMNS or line.startswith("  ") for line in lines
    )
