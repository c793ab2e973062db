"""Control adherence: whether a story is what was asked for, judged by rules on its words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import datasets
import evaluate

from shared.evaluation import LABELS, Measure
from shared.schemas import FinishReason, Genre, Length, PointOfView, StoryControls
from training.controls import GENRE_WORDS, point_of_view
from training.evaluation.copying import SeenGrams
from training.evaluation.genres import GenreJudge, genre_by_rule
from training.evaluation.intervals import mean_interval
from training.evaluation.metric import LocalMetric, info
from training.evaluation.nouns import main_noun
from training.evaluation.stories import Story
from training.evaluation.words import content_stems, ends_at_sentence, stems

Marks = dict[Measure, float]
"""What applies to a story; yes is 1 and no is 0, shares lie between."""


@dataclass(frozen=True, slots=True)
class Judges:
    """What has to be fitted or read before anything is judged."""

    genres: GenreJudge
    seen: SeenGrams


def marks_of(
    story: Story, *, seed: str, controls: StoryControls, foreign: str, judges: Judges
) -> Marks:
    """Hold a story against what was asked, and against the seed that another story has."""
    text, told = story.text, set(stems(story.text))
    pov: Measure = "first_person" if controls.pov is PointOfView.FIRST else "third_person"
    copied = judges.seen.share_in(text)
    closed = ends_at_sentence(text)
    by_itself = closed and story.finish is FinishReason.STOP
    marks: Marks = {
        pov: point_of_view(text) is controls.pov,
        "length_class": by_itself and length_class(story.tokens) is controls.length,
        "ends_by_itself": by_itself,
        "ends_at_sentence": closed,
        "genre_judged": judges.genres.judge(text) is controls.genre,
        "main_noun": main_noun(seed) in told,
        "foreign_main_noun": main_noun(foreign) in told,
        "seed_words": share_of(seed, told),
        "foreign_seed_words": share_of(foreign, told),
        "copied": copied,
        "original": copied == 0,
    }
    if controls.genre in GENRE_WORDS:
        marks["genre_rule"] = genre_by_rule(text) is controls.genre
    return {name: float(mark) for name, mark in marks.items()}


def length_class(tokens: int) -> Length | None:
    """The shortest class that has room for so many tokens."""
    return next((length for length in Length if tokens <= length.token_budget), None)


def share_of(seed: str, told: set[str]) -> float:
    """Of the seed's words that carry meaning, the share that the story has."""
    wanted = content_stems(seed)
    return sum(word in told for word in wanted) / len(wanted) if wanted else 0.0


class ControlAdherence(LocalMetric):
    def _info(self) -> evaluate.MetricInfo:
        return info(
            description=(
                "Shares of stories that are what was asked for: "
                + "; ".join(LABELS.values())
                + ". Each with its 95 % bootstrap interval. A foreign seed is the next text's."
            ),
            inputs=(
                "predictions: stories with text, tokens and finish. references: what was asked, "
                "with seed, pov, genre and length. judges: a fitted GenreJudge and SeenGrams."
            ),
            citation=(
                "B. Efron: Bootstrap methods, another look at the jackknife. Ann. Statist. 7 "
                "(1979), 1-26."
            ),
            features=datasets.Features(
                {
                    "predictions": {
                        "text": datasets.Value("string"),
                        "tokens": datasets.Value("int64"),
                        "finish": datasets.Value("string"),
                    },
                    "references": {
                        name: datasets.Value("string")
                        for name in ("seed", "pov", "genre", "length")
                    },
                }
            ),
        )

    def _compute(
        self,
        predictions: Sequence[dict[str, Any]],
        references: Sequence[dict[str, str]],
        *,
        judges: Judges,
    ) -> dict[str, dict[str, float]]:
        foreign = [*references[1:], *references[:1]]
        marks = [
            marks_of(
                Story(told["text"], told["tokens"], FinishReason(told["finish"])),
                seed=asked["seed"],
                controls=StoryControls(
                    pov=PointOfView(asked["pov"]),
                    genre=Genre(asked["genre"]),
                    length=Length(asked["length"]),
                ),
                foreign=other["seed"],
                judges=judges,
            )
            for told, asked, other in zip(predictions, references, foreign, strict=True)
        ]
        return {
            name: mean_interval(values).model_dump()
            for name in LABELS
            if (values := [mark[name] for mark in marks if name in mark])
        }
