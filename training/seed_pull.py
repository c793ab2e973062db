"""How hard to pull stories toward their seeds: `python -m training.seed_pull --model DIR`.

Writes stories for the own tales' validation split under several pulls and shows what each gains
(the seed's words) and costs (variety). The value chosen is the default of `shared.sampling`.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from statistics import fmean

from services.worker.engine import Engine
from shared.sampling import SamplingParams
from shared.schemas import FinishReason
from training.evaluation.adherence import length_class, share_of
from training.evaluation.diversity import Distinct, Repetition
from training.evaluation.nouns import main_noun
from training.evaluation.stories import (
    TEMPERATURE,
    Order,
    Story,
    chosen,
    foreign,
    orders_of,
    write_stories,
)
from training.evaluation.words import stems
from training.own_tales import Split, read_own_tales


@dataclass(frozen=True, slots=True)
class Outcome:
    """Shares of stories, but for the last two: means over a story's 2-grams and 4-grams."""

    main_noun: float
    foreign_noun: float
    seed_words: float
    by_itself: float
    length: float
    distinct_2: float
    repeated_4: float


def outcome_of(pull: float, engine: Engine, orders: Sequence[Order]) -> Outcome:
    sampling = SamplingParams(temperature=TEMPERATURE, seed_pull=pull)
    return judged(write_stories(engine, orders, sampling), orders)


def judged(stories: Sequence[Story], orders: Sequence[Order]) -> Outcome:
    """Each story against its own order, and against the next one's seed, which is chance."""
    texts = [story.text for story in stories]
    told = [set(stems(text)) for text in texts]
    others = foreign(orders)
    return Outcome(
        main_noun=fmean(main_noun(o.seed) in t for o, t in zip(orders, told, strict=True)),
        foreign_noun=fmean(main_noun(o.seed) in t for o, t in zip(others, told, strict=True)),
        seed_words=fmean(share_of(o.seed, t) for o, t in zip(orders, told, strict=True)),
        by_itself=fmean(story.finish is FinishReason.STOP for story in stories),
        length=fmean(
            length_class(story.tokens) is order.controls.length
            for order, story in zip(orders, stories, strict=True)
        ),
        distinct_2=Distinct().compute(predictions=texts)["mean_distinct_2"],
        repeated_4=Repetition().compute(predictions=texts)["repeated_4_grams"],
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m training.seed_pull", description=__doc__)
    parser.add_argument(
        "--model", type=Path, default=Path("services/worker/checkpoints/fairytale-mini")
    )
    parser.add_argument("--pulls", type=float, nargs="+", default=[0, 1, 2, 3, 4, 5])
    parser.add_argument("--stories", type=int, default=100, help="for each pull")
    arguments = parser.parse_args()
    engine = Engine.load(str(arguments.model))
    orders = orders_of(chosen(read_own_tales(Split.VALIDATION), arguments.stories))
    names = [field.name for field in fields(Outcome)]
    sys.stdout.write("pull".rjust(5) + "".join(name.rjust(14) for name in names) + "\n")
    for pull in arguments.pulls:
        values = astuple(outcome_of(pull, engine, orders))
        sys.stdout.write(f"{pull:5}" + "".join(f"{value:14.3f}" for value in values) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
