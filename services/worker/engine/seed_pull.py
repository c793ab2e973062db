"""A gentle pull toward the words of the story seed that the story has not used yet.

A pure function of the seed and the tokens so far, so a resumed story is pulled as it would have
been. Only what the model finds plausible by itself is raised: a word is never forced into a place
where it makes no sense. Knows nothing of sampling.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from services.worker.engine.biases import Bias, near_best

MARGIN = 5.0
"""How far below the best logit, in nats, a token still counts as plausible. With a pull of 3, a
margin of 8 changed nothing; with 3, a tenth fewer stories had their seed's main word."""
MOST_WORDS = 16
_SHARES = (1.0, 0.5, 0.5)
"""The share of the pull for a word that has occurred so many times; none beyond."""
_NO_LETTERS = re.compile(r"[\W\d_]+")
_SMALL_WORDS = """
the and for his her hers him its our your their theirs them they she you who whom whose which
what that this these those there here where when while why how was were are been being has had
have having does did doing done will would could should shall can may might must not but nor
yet out off all any both each few more most much many some such same own other another only
very too also just than then into onto from with without within upon about above across after
again against along among around before behind below beneath beside besides between beyond
down during inside near once outside over past since through toward towards under until was
always never ever because every everyone everything nobody nothing something someone whatever
one two three four five six seven eight nine ten first second last next get gets got let lets
make makes made come comes came goes went gone want wants wanted find finds found keep keeps
kept called named know knows tells told says said ask asks asked
"""

_Wanted = tuple[tuple[int, ...], float]
"""Ids that are to come one after the other, and what the first of them gains."""


@dataclass(frozen=True, slots=True)
class SeedWord:
    """`forms` are the ids that write it, each with its leading space."""

    stem: str
    forms: tuple[tuple[int, ...], ...]


def seed_words(seed: str, encode: Callable[[str], Sequence[int]]) -> list[SeedWord]:
    """The first words of the seed that carry meaning, each once."""
    small = frozenset(_SMALL_WORDS.split())
    forms: dict[str, dict[tuple[int, ...], None]] = {}
    for index, word in enumerate(_NO_LETTERS.split(seed.strip())):
        if len(word) < 3 or word.casefold() in small:
            continue
        stem = _stem(word)
        if stem not in forms and len(forms) == MOST_WORDS:
            continue
        spellings = (word, word.lower()) if index == 0 else (word,)
        known = forms.setdefault(stem, {})
        known.update(dict.fromkeys(tuple(encode(" " + spelling)) for spelling in spellings))
    return [SeedWord(stem, tuple(known)) for stem, known in forms.items()]


class SeedPull:
    """What one story has used of its seed. Feed it every token and the text that it stands for."""

    def __init__(self, words: Sequence[SeedWord], strength: float) -> None:
        """`strength`: what a plausible token of an unused word gains, in nats."""
        self._words = words
        self._strength = strength
        self._begun_by: dict[int, set[str]] = {}
        for word in words:
            for form in word.forms:
                self._begun_by.setdefault(form[0], set()).add(word.stem)
        self._stems = {word.stem for word in words}
        self._used = Counter[str]()
        self._begun = Counter[str]()
        self._unfinished = self._being_written = ""
        self._rests: list[_Wanted] = []
        self._starts = self._wanted_starts()
        self.bias = self._raised()
        """What is wanted next gains; None once the seed is used up."""

    def push(self, token: int, text: str) -> None:
        *whole, self._unfinished = _NO_LETTERS.split(self._unfinished + text)
        used = [stem for stem in map(_stem, whole) if stem in self._stems]
        begun = self._begun_by.get(token, ())
        stem = _stem(self._unfinished)
        being_written = stem if stem in self._stems else ""
        if used or begun or self._rests or being_written != self._being_written:
            self._used.update(used)
            self._begun.update(begun)
            self._being_written = being_written
            wanted = self._rests + self._starts
            self._rests = [
                (form[1:], gain) for form, gain in wanted if form[0] == token and form[1:]
            ]
            self._starts = self._wanted_starts()
            self.bias = self._raised()

    def _raised(self) -> Bias | None:
        gains: dict[int, float] = {}
        for form, gain in self._rests + self._starts:
            gains[form[0]] = max(gain, gains.get(form[0], 0.0))
        return near_best(gains, MARGIN) if gains else None

    def _wanted_starts(self) -> list[_Wanted]:
        shares = [(word, self._share(word)) for word in self._words]
        return [
            (form, self._strength * share) for word, share in shares if share for form in word.forms
        ]

    def _share(self, word: SeedWord) -> float:
        """A word just being written counts, or it would be pulled in twice in a row; so does one
        that was begun in vain, or its beginning would be written again and again.
        """
        used = self._used[word.stem] + (self._being_written == word.stem)
        times = max(used, self._begun[word.stem])
        return _SHARES[times] if times < len(_SHARES) else 0.0


def pull_maker(
    seed: str, strength: float, encode: Callable[[str], Sequence[int]]
) -> Callable[[], SeedPull | None]:
    """What makes a pull that has used nothing yet; None of a seed that pulls nowhere."""
    words = seed_words(seed, encode) if strength else []
    return lambda: SeedPull(words, strength) if words else None


def _stem(word: str) -> str:
    """`Bakers` and `baker` are one word; `princess` and `prince` are two."""
    return word.casefold().removesuffix("s")
