"""What a family service should not say: a versioned list by category, and what a text has of it.

Knows nothing of tales or prompts, so that it can judge any text. Slurs are listed by hash only:
the list can be read in public without repeating them.
"""

import hashlib
import re
import tomllib
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

LIST = Path(__file__).parent / "data" / "family_filter.toml"
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")


class Category(BaseModel):
    """A trailing `*` in a phrase stands for any ending."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    tolerated_per_thousand_words: Annotated[float, Field(ge=0)]
    phrases: tuple[str, ...] = ()
    hashed_words: frozenset[str] = frozenset()


class FilterList(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int
    category: tuple[Category, ...]


@dataclass(frozen=True, slots=True)
class FamilyFilter:
    """Patterns made once of a list; `FamilyFilter.load()` gives the project's own."""

    version: int
    categories: tuple[tuple[Category, re.Pattern[str] | None], ...]

    @classmethod
    def load(cls, path: Path = LIST) -> "FamilyFilter":
        content = FilterList.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        return cls(content.version, tuple((each, pattern(each)) for each in content.category))

    def findings(self, text: str) -> Counter[str]:
        """How often the text says something of each category."""
        hashed = Counter(map(word_hash, words_of(text)))
        found = Counter[str]()
        for category, phrases in self.categories:
            found[category.name] += sum(hashed[each] for each in category.hashed_words)
            if phrases:
                found[category.name] += sum(1 for _ in phrases.finditer(text))
        return +found

    def refusals(self, text: str) -> list[str]:
        """The categories of which the text says more than is tolerated, in the list's order."""
        thousands = len(words_of(text)) / 1000
        found = self.findings(text)
        return [
            category.name
            for category, _ in self.categories
            if found[category.name] > category.tolerated_per_thousand_words * thousands
        ]


def pattern(category: Category) -> re.Pattern[str] | None:
    if not category.phrases:
        return None
    phrases = (
        r"\s+".join(re.escape(word).replace(r"\*", r"\w*") for word in phrase.split())
        for phrase in category.phrases
    )
    return re.compile(rf"\b(?:{'|'.join(phrases)})\b", re.I)


def words_of(text: str) -> list[str]:
    return WORD.findall(text.lower())


@cache
def word_hash(word: str) -> str:
    """How a slur is listed: the first 16 hexadecimal digits of its SHA-256, in lower case."""
    return hashlib.sha256(word.encode()).hexdigest()[:16]
