"""Evaluates a model by both protocols: in sample, as the reference row was made, and held out."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from services.worker.engine import Engine
from shared.evaluation import Bleu as BleuParts
from training.encode import counter
from training.evaluation.adherence import Judges
from training.evaluation.books import BOOK_CHARACTERS, score_books
from training.evaluation.conditions import conditions, differences, written
from training.evaluation.copying import SeenGrams
from training.evaluation.feedback import read_feedback
from training.evaluation.genres import GenreJudge, genre_by_rule
from training.evaluation.intervals import Interval, mean_interval, ratio_interval
from training.evaluation.overlap import ROUGES, Bleu, Rouge
from training.evaluation.perplexity import summary
from training.evaluation.report import (
    FeedbackReport,
    ModelFacts,
    Overlap,
    Perplexity,
    Protocol,
    Report,
)
from training.evaluation.scoring import Cost, Scorer
from training.evaluation.stories import SAMPLINGS, Requests, chosen, orders_of, write_stories
from training.evaluation.texts import books_of, texts_of
from training.own_tales import TALES, OwnTale, Split, read_own_tales

IN_SAMPLE = (
    "Perplexity of the first {texts} tales that the model was TRAINED on, and stories for training "
    "prompts against the very tales that it learned: the protocol of the reference row, which was "
    "taken in fp16, ours in float32 and given the prompts. These numbers flatter: a model that "
    "knows its training tales by heart has the best of them and may be able to tell nothing else."
)
HELD_OUT = (
    "Perplexity of the tales of the test split, which a fixed rule chooses by title and nothing "
    "was trained on, and stories for its prompts against its tales. These numbers say what the "
    "model makes of a prompt that it never saw."
)


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is written and read."""

    stories: int = 100
    in_sample_texts: int = 500
    batch_size: int = 8
    book_characters: int = BOOK_CHARACTERS


@dataclass(frozen=True, slots=True)
class Sources:
    model: Path
    tales: Path = TALES
    books: Path | None = None
    train_texts: Sequence[Path] = ()
    feedback: Path | None = None


def evaluate_model(sources: Sources, sizes: Sizes, tell: Callable[[str], None]) -> Report:
    """`tell` hears what is being done, for somebody who waits.

    :raises NoTales: at once, where there is nothing to score in `sources.books`.
    """
    began = time.monotonic()
    books = books_of(sources.books, tell) if sources.books else {}
    train = list(read_own_tales(Split.TRAIN, sources.tales))
    test = list(read_own_tales(Split.TEST, sources.tales))
    engine, scorer = Engine.load(str(sources.model)), Scorer.load(sources.model)
    tell("reading training texts")
    own = (tale.text for tale in train)
    seen = SeenGrams.of(text for texts in (own, texts_of(sources.train_texts)) for text in texts)
    judges = Judges(GenreJudge.fit(train), seen)
    prompts = chosen(test, sizes.stories)
    count = counter(scorer.tokenizer)
    held_out = conditions(engine, prompts, judges, count=count, tell=tell)
    tell("stories for fixed requests")
    requests = Requests.load().requests
    told = write_stories(engine, requests, SAMPLINGS[0].params)
    tell("stories for training prompts")
    learned = chosen(train, sizes.stories)
    in_sample = write_stories(engine, orders_of(learned), SAMPLINGS[0].params)
    tell("perplexity")
    first = train[: sizes.in_sample_texts]
    return Report(
        model=_facts(sources.model, engine, scorer),
        protocols=[
            _protocol(
                "in sample",
                IN_SAMPLE.format(texts=len(first)),
                costs=_costs(scorer, first, sizes),
                overlap=_overlap([story.text for story in in_sample], learned),
            ),
            _protocol(
                "held out",
                HELD_OUT,
                costs=_costs(scorer, test, sizes),
                overlap=_overlap([story.text for story in held_out[0].stories], prompts),
            ),
        ],
        conditions=held_out,
        requests=written(requests, told, judges),
        differences=differences(held_out),
        genre_judge=mean_interval(
            [float(judges.genres.judge(tale.text) is tale.controls.genre) for tale in test]
        ),
        genre_rule=mean_interval(
            [float(genre_by_rule(tale.text) is tale.controls.genre) for tale in test]
        ),
        copied_from=[path.name for path in (sources.tales, *sources.train_texts)],
        books=score_books(scorer, books, sizes.book_characters),
        feedback=FeedbackReport.of(list(read_feedback(sources.feedback)))
        if sources.feedback
        else None,
        seconds=time.monotonic() - began,
    )


def _protocol(name: str, says: str, *, costs: Sequence[Cost], overlap: Overlap) -> Protocol:
    return Protocol(
        name=name,
        says=says,
        perplexity=Perplexity.model_validate(summary(costs)),
        bits_per_byte=_bits_per_byte(costs),
        overlap=overlap,
    )


def _costs(scorer: Scorer, tales: Sequence[OwnTale], sizes: Sizes) -> list[Cost]:
    """Of the tales given their prompts, which are not scored."""
    examples = [tale.example for tale in tales]
    return scorer.costs(
        [example.story for example in examples],
        [example.prompt for example in examples],
        batch_size=sizes.batch_size,
    )


def _overlap(stories: Sequence[str], tales: Sequence[OwnTale]) -> Overlap:
    references = [[tale.text] for tale in tales]
    rouge = Rouge().compute(predictions=stories, references=references)
    return Overlap(
        bleu=BleuParts.model_validate(Bleu().compute(predictions=stories, references=references)),
        **{name: mean_interval(rouge["each"][name]) for name in ROUGES},
    )


def _bits_per_byte(costs: Sequence[Cost]) -> Interval:
    return ratio_interval([cost.bits for cost in costs], [float(cost.bytes) for cost in costs])


def _facts(directory: Path, engine: Engine, scorer: Scorer) -> ModelFacts:
    config = scorer.model.config
    return ModelFacts(
        name=engine.name,
        parameters=scorer.model.num_parameters(),
        layers=config.n_layer,
        width=config.n_embd,
        heads=config.n_head,
        context=engine.context_length,
        vocabulary=config.vocab_size,
        megabytes=sum(file.stat().st_size for file in directory.glob("*.safetensors")) / 1e6,
        sha256=engine.model_sha256,
        numeric_kind=engine.numeric_kind,
    )
