"""Draws what a tale is about, and says it in one line, as somebody who asks for a story would."""

import random
import re
from dataclasses import dataclass

from training.grammar.language import Words

KINDS = ("sound", "object", "creature", "wish")
"""What sets the hero going."""


@dataclass(frozen=True, slots=True)
class Plot:
    kind: str
    hero: str
    nature: str
    name: str
    woman: bool
    thing: str
    """With its article, `a golden key`; for a wish, `the wish`."""
    creature: str
    """Who is found at the end, with its article."""
    place: str
    does: str
    did: str
    wish: str
    odd: str


def draw_plot(words: Words, rng: random.Random) -> Plot:
    kind, hero, odd = rng.choice(KINDS), rng.choice(words.heroes), rng.choice(words.odd)
    woman = hero in words.female or (hero not in words.male and rng.random() < 0.5)
    does, did, thing = event(kind, odd, words, rng)
    return Plot(
        kind=kind,
        hero=hero,
        nature=rng.choice(words.natures),
        name=rng.choice(words.women if woman else words.men),
        woman=woman,
        thing=thing,
        creature=article(f"{rng.choice(words.natures)} {rng.choice(words.creatures)}"),
        place=rng.choice(words.sources if kind == "sound" else words.finding_places),
        does=does,
        did=did,
        wish=rng.choice(words.wishes),
        odd=odd,
    )


def event(kind: str, odd: str, words: Words, rng: random.Random) -> tuple[str, str, str]:
    """Return the verb in the present, in the past, and its object."""
    if kind == "sound":
        sound = rng.choice(words.sounds)
        bare = f"{odd} {sound.removeprefix('a ')}"
        return "hears", "heard", article(bare) if sound.startswith("a ") else bare
    if kind == "object":
        look = rng.choice(words.looks)
        return *rng.choice(words.verbs), article(f"{look} {rng.choice(words.things)}")
    if kind == "creature":
        nature = rng.choice([*words.natures, *words.looks])
        return *rng.choice(words.meetings), article(f"{nature} {rng.choice(words.creatures)}")
    return "has", "had", "the wish"


def seed_of(plot: Plot, rng: random.Random) -> str:
    seed = rng.choice(wish_seeds(plot) if plot.kind == "wish" else happening_seeds(plot))
    return (
        seed[0].upper() + seed[1:] + ("" if seed[-1] == "?" else rng.choice(["", "", ".", "..."]))
    )


def wish_seeds(plot: Plot) -> list[str]:
    full, bare = article(f"{plot.nature} {plot.hero}"), article(plot.hero)
    return [
        f"{bare} who wants to {plot.wish}",
        f"{full} wants to {plot.wish}",
        f"{full} who wishes to {plot.wish}",
        f"{plot.name}, {full}, longs to {plot.wish}",
        f"{plot.name} the {plot.hero} wants to {plot.wish}",
        f"{plot.name} and {plot.creature}: how to {plot.wish}",
        f"how {bare} learned to {plot.wish}",
        f"{bare} and {plot.creature} want to {plot.wish}",
        f"can {bare} {plot.wish}?",
    ]


def happening_seeds(plot: Plot) -> list[str]:
    full, bare = article(f"{plot.nature} {plot.hero}"), article(plot.hero)
    happening = f"{plot.does} {plot.thing}"
    return [
        f"{bare} who {happening} {plot.place}",
        f"{bare} {happening} {plot.place}",
        f"{full} {happening} {plot.place}",
        f"{full} who {happening}",
        f"{plot.name} the {plot.hero} {happening} {plot.place}",
        f"{plot.name} {happening} {plot.place}",
        f"{plot.name}, {full}, {happening}",
        f"{bare} and {plot.thing}",
        f"{full} and {plot.thing}",
        f"{bare}, {plot.creature} and {plot.thing}",
        f"the {plot.hero} and {definite(plot.thing)}",
        f"what happens when {bare} {happening}?",
        f"one day {bare} {happening} {plot.place}",
    ]


def article(phrase: str) -> str:
    """`old key` becomes `an old key`; a unicorn begins with a consonant, whatever its letter."""
    vowel = phrase[0] in "aeiou" and not phrase.startswith(("uni", "one", "use"))
    return f"{'an' if vowel else 'a'} {phrase}"


def definite(thing: str) -> str:
    """`a golden key` becomes `the golden key`."""
    return "the " + re.sub(r"^(an?|the) ", "", thing)
