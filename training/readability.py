"""Measures how plain a tale is: a small model learns far more from simple prose than from more.

Knows nothing of what else a tale may be unfit for, nor of the split.
"""

import re
from collections import Counter
from collections.abc import Iterable

from training.lexicon import ARCHAIC
from training.tales import Tale

COMMON_WORDS = 4_000
SCHOLARLY = re.compile(
    r"\b(1[5-9]\d\d|edition|folk-?lore|folk-?tales?|versions?|translat\w+|professor|variants?|vol\."
    r"|p\.|pp\.|collection|mythology|legendary|superstition\w*|literature|editor|dialect|Mr\.|narrator"
    r"|Gutenberg|etext|chapter|author|volume|published|traditions?|cf\.|ibid|peasantry|cloth)\b",
    re.I,
)
ENGLISH = frozenset({"the", "and", "a", "to", "of", "he", "she", "it", "in"})
CONTRACTION = re.compile(r"'(s|t|ll|ve|re|d|m)$", re.I)


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-zà-öø-ÿ]+(?:'[a-z]+)*", text.lower())


def common_words(tales: Iterable[Tale]) -> frozenset[str]:
    counts = Counter(word for tale in tales for word in words_of(tale.text))
    return frozenset(word for word, _ in counts.most_common(COMMON_WORDS))


def is_story(tale: Tale) -> bool:
    """Whether it is told, in English, and not explained, in paragraphs of a tale's size."""
    words = words_of(tale.text)
    learned = len(SCHOLARLY.findall(tale.text))
    return (
        learned < 1 + len(words) / 1500
        and len(tale.paragraphs) * 1500 / len(tale.text) > 0.6
        and sum(word in ENGLISH for word in words) > 0.05 * len(words)
    )


def is_plain(tale: Tale) -> bool:
    """Whether it has little verse, dialect, archaism, and few foreign letters and digits."""
    text, words = tale.text, words_of(tale.text)
    verse = sum(len(paragraph) for paragraph in tale.paragraphs if "\n" in paragraph)
    dialect = sum("'" in word and not CONTRACTION.search(word) for word in words)
    return (
        verse < 0.08 * len(text)
        and dialect < 0.006 * len(words)
        and sum(word in ARCHAIC for word in words) < 0.008 * len(words)
        and len(re.findall(r"[^\x00-\x7f—]", text)) < 0.002 * len(text)
        and len(re.findall(r"\d", text)) < 0.002 * len(text)
    )


def difficulty(tale: Tale, common: frozenset[str]) -> float:
    """Lower is plainer: one point for each 10 words a sentence and each 4 % of rare words."""
    words = words_of(tale.text)
    sentences = max(1, len(re.findall(r"[.!?]+[\"')]*\s", tale.text + " ")))
    rare = sum(word not in common for word in words) / len(words)
    archaic = sum(word in ARCHAIC for word in words) / len(words)
    return len(words) / sentences / 10 + rare * 25 + archaic * 60
