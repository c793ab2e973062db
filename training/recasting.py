"""Gives a tale another hero of the same kind, so that a model takes the hero from the seed.

The swallow who was late becomes a heron who was late, in the seed and throughout the tale. Only a
hero whom the seed names is recast, and only by one of whom the tale says nothing yet.
"""

import random
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from training.own_tales import OwnTale

KINDS = Path(__file__).parent / "data" / "kinds.toml"
ARTICLE = r"(?:\b(?P<article>[Aa]n?) )?"


@dataclass(frozen=True, slots=True)
class Recaster:
    kinds: Mapping[str, frozenset[str]]
    """Every hero, and those of the same kind."""

    @classmethod
    def load(cls, path: Path = KINDS) -> Self:
        kinds = tomllib.loads(path.read_text(encoding="utf-8"))
        return cls({hero: frozenset(kind) for kind in kinds.values() for hero in kind})

    def recast(self, tale: OwnTale, rng: random.Random) -> OwnTale:
        """The same tale about others, or the tale itself if its seed names nobody we know."""
        text = f"{tale.seed}\n{tale.text}"
        told = set(re.findall(r"[a-z-]+", text.lower()))
        for hero in heroes(tale.seed, self.kinds):
            fresh = sorted(o for o in self.kinds[hero] if told.isdisjoint({o, plural(o)}))
            other = rng.choice(fresh)
            told.add(other)
            text = replaced(text, hero, other)
        seed, _, text = text.partition("\n")
        return tale.model_copy(update={"seed": seed, "text": text})


def heroes(seed: str, known: Mapping[str, object]) -> list[str]:
    """Those of a seed, whether it speaks of one or many."""
    words = dict.fromkeys(re.findall(r"[a-z-]+", seed.lower()))
    return [hero for hero in known if hero in words or plural(hero) in words]


def replaced(text: str, hero: str, other: str) -> str:
    """One hero and many, with the article that goes with the new one and capitals as they were."""
    forms = {hero: other, plural(hero): plural(other)}
    pattern = re.compile(ARTICLE + rf"\b(?P<hero>{'|'.join(forms)})\b", re.IGNORECASE)

    def by_other(match: re.Match[str]) -> str:
        found = match["hero"]
        word = forms[found.lower()]
        if found[0].isupper():
            word = word.capitalize()
        if match["article"] is None:
            return word
        article = "an" if word[0].lower() in "aeio" else "a"
        return f"{article.capitalize() if match['article'][0] == 'A' else article} {word}"

    return pattern.sub(by_other, text)


def plural(hero: str) -> str:
    """For the heroes of `kinds.toml`, whose plurals follow these rules or are not asked for."""
    if re.search(r"(?:s|x|ch|sh)$", hero):
        return hero + "es"
    if re.search(r"[^aeiou]y$", hero):
        return hero[:-1] + "ies"
    return hero + "s"
