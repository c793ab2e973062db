"""What counts as a word, a sentence and a word that carries meaning, for every measure here."""

import re

from training.lexicon import word_set
from training.readability import words_of

__all__ = ["CLOSED", "SMALL_WORDS", "content_stems", "ends_at_sentence", "sentences", "stems"]

CLOSED = re.compile(r"[.!?…][\"'”’)]*$")
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"'”’)]*\s+|\n+")
SMALL_WORDS = word_set("""
    a an the and or but nor yet so if than then as at by for from in into of off on onto out over
    to under up down upon with without within through across about after before behind beside
    between along around against until till while when where which who whom whose what why how that
    this these those there here i me my mine we us our you your he him his she her hers it its they
    them their theirs myself himself herself itself themselves is am are was were be been being has
    have had do does did will would shall should can could may might must not no never ever always
    very much more most too also just only own same such each every all both any some few many one
    two three four five six seven eight nine ten eleven twelve once again away back
    somebody someone something nobody nothing everybody everyone everything anybody anything
""")


def stems(text: str) -> list[str]:
    """Words as counted here: `bakers`, `baker's` and `baker` are one."""
    return [word.removesuffix("'s").removesuffix("s") for word in words_of(text)]


def content_stems(text: str) -> list[str]:
    """The words that carry the meaning, each once, in order."""
    kept = [word for word in words_of(text) if word not in SMALL_WORDS and len(word) > 2]
    return list(dict.fromkeys(stems(" ".join(kept))))


def sentences(text: str) -> list[str]:
    return [part.strip() for part in SENTENCE_END.split(text) if part and part.strip()]


def ends_at_sentence(text: str) -> bool:
    """Whether the last character that is not a closing mark ends a sentence."""
    return bool(CLOSED.search(text.rstrip()))
