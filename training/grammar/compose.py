"""Composes simple tales in which hero, wish and point of view come from the seed.

Old books teach the voice; these tales teach that a seed is a promise. They also give first-person
narration and the rarer genres, of which the books have few.
"""

import random
import re
from collections.abc import Callable, Iterator

from shared.prompts import build_prompt
from shared.schemas import Genre, Length, PointOfView, StoryControls, Style
from training.examples import Example
from training.grammar.language import Language
from training.grammar.plot import Plot, article, definite, draw_plot, seed_of

TRIALS = {Length.SHORT: 0, Length.MEDIUM: 2, Length.LONG: 8}
WEIGHTS = {Length.SHORT: 6, Length.MEDIUM: 3, Length.LONG: 1}
"""Short tales have the most of the seed in them: what a small model learns slowest is to copy."""


def compose(
    language: Language, rng: random.Random, tales: int, count: Callable[[str], int]
) -> Iterator[Example]:
    """Yield tales in all genres, styles and both points of view, about evenly; most are short.

    One that is longer than a long story may be is left out.
    """
    for _ in range(tales):
        pov, genre = rng.choice(list(PointOfView)), rng.choice(list(Genre))
        style, trials = (
            rng.choice(list(Style)),
            rng.choices(list(TRIALS.values()), list(WEIGHTS.values()))[0],
        )
        plot = draw_plot(language.words, rng)
        story = Teller(language, plot, pov, rng).tell(genre, style, trials)
        size = count(story) + 1
        length = next((length for length in Length if size <= length.token_budget), None)
        if length is None:
            continue
        controls = StoryControls(
            genre=genre,
            pov=pov,
            style=style,
            length=length,
            constraints=["avoid explicit content"] if rng.random() < 0.75 else [],
        )
        yield Example(build_prompt(seed_of(plot, rng), controls), story, ends=True)


class Teller:
    """Tells one plot from one point of view."""

    def __init__(
        self, language: Language, plot: Plot, pov: PointOfView, rng: random.Random
    ) -> None:
        self.beats, self.plot, self.pov, self.rng = language.beats, plot, pov, rng
        self.slots = pronouns(plot, pov) | self.things(language)

    def things(self, language: Language) -> dict[str, str]:
        words, plot = language.words, self.plot
        helper = article(f"{self.rng.choice(words.natures)} {self.rng.choice(words.creatures)}")
        return {
            "hero": plot.hero,
            "article_hero": article(plot.hero),
            "nature": plot.nature,
            "name": plot.name,
            "home": self.rng.choice(words.homes),
            "thing": plot.thing,
            "place": plot.place,
            "did": plot.did,
            "wish": plot.wish,
            "quest": f"how to {plot.wish}"
            if plot.kind == "wish"
            else f"the secret of {definite(plot.thing)}",
            "odd": plot.odd,
            "helper": helper,
            "helper_the": definite(helper),
            "creature": plot.creature,
            "creature_A": capital(plot.creature),
            "advice": self.rng.choice(self.beats.advice),
        }

    def tell(self, genre: Genre, style: Style, trials: int) -> str:
        beats, kind, one = self.beats, self.plot.kind, self.rng.choice
        longings = beats.longings_wish if kind == "wish" else beats.longings
        paragraphs = [
            [self.introduction(one(beats.openings[style])), one(beats.home)],
            [one(beats.events[kind]), one(beats.resolves)],
            *([[one(beats.helpers)]] if trials else []),
            *[[trial, one(longings)] for trial in self.trials(genre, trials)],
            [one(beats.found[kind]), one(beats.turns[genre])],
            [one(self.recaps()), one(beats.closings[style])],
        ]
        return "\n\n".join(" ".join(map(self.fill, sentences)) for sentences in paragraphs)

    def recaps(self) -> list[str]:
        first = self.pov is PointOfView.FIRST
        if self.plot.kind == "wish":
            return self.beats.recaps_wish_first if first else self.beats.recaps_wish_third
        return self.beats.recaps_first if first else self.beats.recaps_third

    def introduction(self, start: str) -> str:
        plot = self.plot
        hero, full = article(plot.hero), article(f"{plot.nature} {plot.hero}")
        did = f"wanted to {plot.wish}" if plot.kind == "wish" else f"{plot.did} {plot.thing}"
        forms = {
            PointOfView.FIRST: [
                f"My name is {plot.name}. {start} I was {full}.",
                f"{start} I was {full}, and they called me {plot.name}.",
                f"{start} I, {hero}, {did}. My name is {plot.name}, and I was {plot.nature}.",
                f"I am {plot.name}, {hero}. {start} I was {plot.nature}, and I {did}.",
                f"{start} I {did}. I was {full} then, and my name is {plot.name}.",
            ],
            PointOfView.THIRD: [
                f"{start} there was {full} whose name was {plot.name}.",
                f"{start} there lived {full} called {plot.name}.",
                f"{start} there was {hero} who {did}. It was the {plot.nature} {plot.name}.",
                f"{start} there was {hero} named {plot.name}, who was {plot.nature}.",
                f"{start} {hero} called {plot.name} {did}. The {plot.hero} was {plot.nature}.",
            ],
        }
        return self.rng.choice(forms[self.pov])

    def trials(self, genre: Genre, wanted: int) -> list[str]:
        """All the genre's own if so many are wanted; a long tale borrows from another genre."""
        own = self.beats.trials[genre]
        other = self.beats.trials[self.rng.choice([g for g in Genre if g is not genre])]
        borrowed = self.rng.sample(other, max(0, wanted - len(own)))
        chosen = self.rng.sample(own, min(wanted, len(own))) + borrowed
        return self.rng.sample(chosen, len(chosen))

    def fill(self, sentence: str) -> str:
        """Make every `[a|b]` choice, then fill the slots, each mention in a form of its own."""
        choose = self.rng.choice
        chosen = re.sub(r"\[([^\[\]]*)\]", lambda match: choose(match[1].split("|")), sentence)
        if self.rng.random() < 0.5:
            chosen = re.sub(r"^\{S\}", "{H}", chosen)
        slots = self.slots | self.mentions()
        return re.sub(r"\{(\w+)\}", lambda match: slots[match[1]], chosen)

    def mentions(self) -> dict[str, str]:
        """The hero by calling, name or nature; the thing with or without its adjective."""
        plot, choose = self.plot, self.rng.choice
        the_thing = definite(plot.thing)
        noun = the_thing.split()[-1]
        slots = {"the_thing": choose([the_thing, the_thing, f"the {noun}"])}
        if self.pov is PointOfView.FIRST:
            return slots
        hero = f"the {plot.hero}"
        h = choose([hero, hero, plot.name, plot.name, f"the {plot.nature} {plot.hero}"])
        return slots | {"h": h, "ho": h, "H": capital(h)}


def pronouns(plot: Plot, pov: PointOfView) -> dict[str, str]:
    s, o, p = ("she", "her", "her") if plot.woman else ("he", "him", "his")
    slots = {"s": s, "o": o, "p": p}
    if pov is PointOfView.FIRST:
        slots = {"s": "I", "o": "me", "p": "my", "h": "I", "ho": "me", "H": "I"}
    return slots | {key.upper(): capital(slots[key]) for key in ("s", "p")}


def capital(text: str) -> str:
    return text[:1].upper() + text[1:]
