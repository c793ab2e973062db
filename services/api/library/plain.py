"""A story to read as text or as Markdown. Model text is data: none of it is ever markup."""

import re

_INLINE = {**{char: f"\\{char}" for char in r"\`*_{}[]<>&~|$@"}, "://": r":\/\/"}
"""A backslash first, which is put before all others."""
_WWW_DOT = re.compile(r"(?<=www)\.", re.IGNORECASE)
_LINE_START = re.compile(r"([#+\-=>])|(\d+)([.)])")
_INDENT = re.compile(r"[ \t]+")
NO_BREAK_SPACE = "\u00a0"


def as_text(title: str, story: str) -> str:
    return f"{title}\n\n{story}\n"


def as_markdown(title: str, story_seed: str, story: str) -> str:
    heading = _escape(title).replace("#", r"\#")  # Those at its end would be no part of it.
    return f"# {heading}\n\n> {_escape_line(story_seed)}\n\n{_paragraphs(story)}\n"


def _paragraphs(story: str) -> str:
    """Lines stay lines: a break within a paragraph is kept by a backslash at the line's end."""
    lines = [_escape_line(line) for line in story.splitlines()]
    followed = zip(lines, [*lines[1:], ""], strict=True)
    return "\n".join(f"{line}\\" if line and after else line for line, after in followed)


def _escape_line(line: str) -> str:
    text = line.rstrip()
    indent = _INDENT.match(text)
    width = indent.end() if indent else 0
    return NO_BREAK_SPACE * width + _escape_start(_escape(text[width:]))


def _escape_start(text: str) -> str:
    """What makes a heading, a list, a quotation or a rule of a line that begins with it."""
    return _LINE_START.sub(_escape_match, text, count=1) if _LINE_START.match(text) else text


def _escape_match(match: re.Match[str]) -> str:
    mark, number, point = match.groups()
    return f"\\{mark}" if mark else f"{number}\\{point}"


def _escape(text: str) -> str:
    """One kind after the other: a call of Python's for each took 14 times as long for a text of
    nothing else.
    """
    for mark, escaped in _INLINE.items():
        text = text.replace(mark, escaped)
    return _WWW_DOT.sub(r"\\.", text)
