"""The same prompts under several conditions, and what the differences between them are."""

from collections.abc import Callable, Sequence

from services.worker.engine import Engine
from shared.evaluation import LABELS, Measure
from shared.sampling import SamplingParams
from shared.schemas import FinishReason
from training.evaluation.adherence import Judges, Marks, marks_of
from training.evaluation.diversity import Distinct, Repetition, SelfBleu
from training.evaluation.intervals import Interval, difference_interval, mean_interval
from training.evaluation.report import Condition, Difference, Variety, Written
from training.evaluation.stories import (
    SAMPLINGS,
    Order,
    Story,
    contrary,
    foreign,
    orders_of,
    unasked,
    write_stories,
)
from training.own_tales import OwnTale

REFERENCES, CONTRARY = "the tales themselves", "asked for something else"
UNASKED = "asked for nothing"
SAYS = {
    SAMPLINGS[0].name: f"the service's defaults with its aids, but for the temperature: "
    f"{SAMPLINGS[0].params.temperature}, not {SamplingParams().temperature}",
    SAMPLINGS[1].name: "the same without the pull toward the seed, ending at a sentence and "
    "keeping to the length class",
    UNASKED: "no-control baseline: neither a seed nor a control was given, only the order to tell",
    CONTRARY: "the other point of view, the next length and genre and another tale's seed (the "
    "foreign one) were asked for; the stories are judged by what was not asked",
    REFERENCES: "what the rules say of the tales that people wrote: the most that can be expected",
}


def conditions(
    engine: Engine,
    tales: Sequence[OwnTale],
    judges: Judges,
    *,
    count: Callable[[str], int],
    tell: Callable[[str], None],
) -> list[Condition]:
    """As served first, then without the aids, the baselines, and the tales themselves.

    `count` counts the model's tokens in a text.
    """
    orders, found = orders_of(tales), list[Condition]()
    for name, params in SAMPLINGS:
        tell(f"stories {name}")
        stories = write_stories(engine, orders, params)
        found.append(judged(name, params, orders, stories, judges))
    tell(f"stories {UNASKED}")
    plain = SAMPLINGS[0].params.model_copy(update={"seed_pull": 0.0, "keep_length": False})
    told = write_stories(engine, orders, plain, unasked)
    found.append(judged(UNASKED, plain, orders, told, judges))
    tell(f"stories {CONTRARY}")
    others = write_stories(engine, contrary(orders), SAMPLINGS[0].params)
    found.append(judged(CONTRARY, SAMPLINGS[0].params, orders, others, judges))
    own = [Story(tale.text, count(tale.text) + 1, FinishReason.STOP) for tale in tales]
    found.append(judged(REFERENCES, None, orders, own, judges))
    return found


def judged(
    name: str,
    sampling: SamplingParams | None,
    orders: Sequence[Order],
    stories: Sequence[Story],
    judges: Judges,
) -> Condition:
    told = written(orders, stories, judges)
    return Condition(
        name=name,
        says=SAYS[name],
        sampling=sampling,
        adherence=means([one.marks for one in told]),
        variety=variety([story.text for story in stories]),
        stories=told,
    )


def written(orders: Sequence[Order], stories: Sequence[Story], judges: Judges) -> list[Written]:
    """Each story with what was asked and how it was judged."""
    return [
        Written(
            seed=order.seed,
            controls=order.controls,
            text=story.text,
            tokens=story.tokens,
            finish=story.finish,
            marks=marks_of(
                story,
                seed=order.seed,
                controls=order.controls,
                foreign=other.seed,
                judges=judges,
            ),
        )
        for order, other, story in zip(orders, foreign(orders), stories, strict=True)
    ]


def means(marks: Sequence[Marks]) -> dict[Measure, Interval]:
    """Of each measure over the stories that it applies to."""
    values = {name: [mark[name] for mark in marks if name in mark] for name in LABELS}
    return {name: mean_interval(found) for name, found in values.items() if found}


def differences(found: Sequence[Condition]) -> list[Difference]:
    """The first condition against each of the others, story by story."""
    return [_difference(found[0], other) for other in found[1:]]


def variety(texts: Sequence[str]) -> Variety:
    return Variety.model_validate(
        Distinct().compute(predictions=texts)
        | Repetition().compute(predictions=texts)
        | {"self_bleu": SelfBleu().compute(predictions=texts)["self_bleu"]}
    )


def _difference(ours: Condition, theirs: Condition) -> Difference:
    pairs = [(a.marks, b.marks) for a, b in zip(ours.stories, theirs.stories, strict=True)]
    return Difference(
        ours=ours.name,
        theirs=theirs.name,
        adherence={
            name: difference_interval(
                [a[name] for a, _ in pairs if name in a], [b[name] for a, b in pairs if name in a]
            )
            for name in ours.adherence
        },
    )
