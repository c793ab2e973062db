"""Keeps the plainest tales: `python -m training.readability --tales FILE --out FILE`.

A model of ten million parameters learns far more from simple prose than from more prose.
"""

import argparse
import re
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from training.lexicon import ARCHAIC
from training.tales import Tale, read_tales, write_tales

COMMON_WORDS = 4_000
SCHOLARLY = re.compile(
    r"\b(1[5-9]\d\d|edition|folk-?lore|folk-?tales?|versions?|translat\w+|professor|variants?|vol\."
    r"|p\.|pp\.|collection|mythology|legendary|superstition\w*|literature|editor|dialect|Mr\.|narrator"
    r"|Gutenberg|etext|chapter|author|volume|published|traditions?|cf\.|ibid|peasantry|cloth)\b",
    re.I,
)
CONTRACTION = re.compile(r"'(s|t|ll|ve|re|d|m)$", re.I)
PREJUDICED = re.compile(
    r"\b(nigger\w*|negro\w*|black ?moors?|black ?slaves?|jews?|jewish|heathens?|pagans?|savages?"
    r"|g[iy]ps(?:y|ies)|infidels?|turks?|mohammed\w*|whores?|raped?|naked(?:ness)?|squaws?)\b",
    re.I,
)
"""Where these books speak of other peoples, it is often with the contempt of their time."""


def words_of(text: str) -> list[str]:
    return re.findall(r"[a-zà-öø-ÿ]+(?:'[a-z]+)*", text.lower())


def common_words(tales: Iterable[Tale]) -> frozenset[str]:
    counts = Counter(word for tale in tales for word in words_of(tale.text))
    return frozenset(word for word, _ in counts.most_common(COMMON_WORDS))


def is_suitable(tale: Tale) -> bool:
    """Whether the tale is plain narrative: little verse, dialect, archaism and learning."""
    text, words = tale.text, words_of(tale.text)
    verse = sum(len(paragraph) for paragraph in tale.paragraphs if "\n" in paragraph)
    dialect = sum("'" in word and not CONTRACTION.search(word) for word in words)
    foreign = len(re.findall(r"[^\x00-\x7f—]", text))
    return (
        verse < 0.08 * len(text)
        and len(SCHOLARLY.findall(text)) < 1 + len(words) / 1500
        and len(PREJUDICED.findall(text)) <= len(words) / 3000
        and dialect < 0.006 * len(words)
        and sum(word in ARCHAIC for word in words) < 0.008 * len(words)
        and foreign < 0.002 * len(text)
        and len(re.findall(r"\d", text)) < 0.002 * len(text)
        and len(tale.paragraphs) * 1500 / len(text) > 0.6
    )


def difficulty(tale: Tale, common: frozenset[str]) -> float:
    """Lower is plainer: one point for each 10 words a sentence and each 4 % of rare words."""
    words = words_of(tale.text)
    sentences = max(1, len(re.findall(r"[.!?]+[\"')]*\s", tale.text + " ")))
    rare = sum(word not in common for word in words) / len(words)
    archaic = sum(word in ARCHAIC for word in words) / len(words)
    return len(words) / sentences / 10 + rare * 25 + archaic * 60


def plainest(tales: list[Tale], max_chars: int) -> Iterator[Tale]:
    """Yield suitable tales, plainest first, without near-copies, up to `max_chars`."""
    suitable = [tale for tale in tales if is_suitable(tale)]
    common = common_words(suitable)
    seen = set[int]()
    chars = 0
    for tale in sorted(suitable, key=lambda tale: difficulty(tale, common)):
        prints = fingerprints(tale.text)
        if prints and len(prints & seen) > 0.1 * len(prints):
            continue
        seen |= prints
        chars += len(tale.text)
        if chars > max_chars:
            return
        yield tale


def fingerprints(text: str) -> set[int]:
    """A fixed eighth of the hashes of all six-word runs: equal texts share them all."""
    words = words_of(text)
    runs = (" ".join(words[i : i + 6]) for i in range(len(words) - 5))
    return {print_ for run in runs if (print_ := stable_hash(run)) % 8 == 0}


def stable_hash(text: str) -> int:
    """`hash` differs between processes; training data must not."""
    return zlib.crc32(text.encode())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tales", type=Path, default=Path("var/training/tales.jsonl"))
    parser.add_argument("--out", type=Path, default=Path("var/training/plain.jsonl"))
    parser.add_argument("--max-chars", type=int, default=14_000_000)
    arguments = parser.parse_args()
    write_tales(arguments.out, plainest(list(read_tales(arguments.tales)), arguments.max_chars))


if __name__ == "__main__":
    main()
