"""Gives the people of a tale other names, so that a model learns to keep names, not these names.

Careful rather than thorough: a tale in which it is unclear who is meant keeps its names.
"""

import random
import re
from collections.abc import Collection
from dataclasses import dataclass

from training.controls import QUOTED
from training.grammar.language import Words
from training.own_tales import OwnTale

NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]{2,}\b")
"""A capital in the middle of a sentence."""
NO_PERSON = re.compile(
    r"\b(?:in|at|to|from|of|near|on|the|a|an|every|last|next|this) ([A-Z][a-z]+)"
)
PRONOUNS = {"he": "men", "him": "men", "his": "men", "she": "women", "her": "women"}
CLEAR = 0.9


@dataclass(frozen=True, slots=True)
class Renamer:
    words: Words
    lower: Collection[str]
    """All words that some tale writes in small letters: `Fox` may be a title, `Runa` is a name."""

    def renamed(self, tale: OwnTale, rng: random.Random) -> OwnTale:
        """The same tale about somebody of another name, or the tale itself."""
        names = self.names(tale)
        pool = self.pool(tale)
        if not names or pool is None:
            return tale
        known = tale.text + tale.seed
        fresh = rng.sample([name for name in pool if name not in known], len(names))
        others = dict(zip(names, fresh, strict=True))
        pattern = re.compile(rf"\b({'|'.join(names)})\b")

        def replaced(text: str) -> str:
            return pattern.sub(lambda match: others[match[1]], text)

        return tale.model_copy(update={"seed": replaced(tale.seed), "text": replaced(tale.text)})

    def names(self, tale: OwnTale) -> list[str]:
        found = dict.fromkeys(NAME.findall(tale.text))
        elsewhere = set(NO_PERSON.findall(f"{tale.text} {tale.seed}"))
        return [name for name in found if name not in elsewhere and name.lower() not in self.lower]

    def pool(self, tale: OwnTale) -> list[str] | None:
        """Names that go with the tale's pronouns; None if both kinds of people are in it."""
        spoken = QUOTED.sub(" ", tale.text).lower()
        kinds = [PRONOUNS[word] for word in re.findall(r"[a-z]+", spoken) if word in PRONOUNS]
        for kind, pool in (("men", self.words.men), ("women", self.words.women)):
            if kinds and kinds.count(kind) >= CLEAR * len(kinds):
                return pool
        return None


def lower_words(tales: Collection[OwnTale]) -> frozenset[str]:
    return frozenset(word for tale in tales for word in re.findall(r"\b[a-z]+\b", tale.text))
