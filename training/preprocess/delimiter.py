"""Step 6, story delimiter: the classic training text, one story after another.

GPT-2 knows the delimiter as one token. It follows the last letter at once, so that what a model
learns to write after a story is the token and not an empty line.
"""

from collections.abc import Iterable

DELIMITER = "<|endoftext|>"


def delimited(texts: Iterable[str]) -> str:
    return "".join(f"{text}{DELIMITER}\n" for text in texts)
