"""A naive-Bayes judge of genres, fitted on the project's own tales of the training split.

Multinomial over the words that a text has, each counted once (binarised), with add-one smoothing
and equal priors, since a text is asked for in any genre as likely as in another.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from shared.schemas import Genre
from training.controls import GENRE_WORDS
from training.evaluation.words import content_stems
from training.own_tales import OwnTale

AT_LEAST = 4
"""Tales that a word must occur in: names and rarities tell nothing of genres."""


@dataclass(frozen=True, slots=True)
class GenreJudge:
    """`scores[genre, word]` are log-likelihoods."""

    genres: list[Genre]
    places: Mapping[str, int]
    scores: npt.NDArray[np.float64]

    @classmethod
    def fit(cls, tales: Iterable[OwnTale]) -> Self:
        seen = [(tale.controls.genre, set(content_stems(tale.text))) for tale in tales]
        spread = Counter(word for _, words in seen for word in words)
        kept = sorted(word for word, count in spread.items() if count >= AT_LEAST)
        places = {word: at for at, word in enumerate(kept)}
        genres = sorted({genre for genre, _ in seen})
        counts = np.ones((len(genres), len(kept)))
        for genre, words in seen:
            counts[genres.index(genre), [places[word] for word in words if word in places]] += 1
        return cls(genres, places, np.log(counts / counts.sum(axis=1, keepdims=True)))

    def judge(self, text: str) -> Genre:
        known = [self.places[word] for word in content_stems(text) if word in self.places]
        return self.genres[int(self.scores[:, known].sum(axis=1).argmax())]


def genre_by_rule(text: str) -> Genre | None:
    """The genre whose rule words occur most; None for a tie, and never a fable, which has none."""
    counts = {genre: len(words.findall(text)) for genre, words in GENRE_WORDS.items()}
    best = max(counts.values())
    most = [genre for genre, count in counts.items() if count == best]
    return most[0] if len(most) == 1 else None
