"""What the model's own evaluation found."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from services.ui import components, wording
from services.ui.insights import charts, tables
from services.ui.insights.figures import label
from services.ui.insights.report import (
    BookScore,
    Condition,
    ModelFacts,
    Protocol,
    Report,
    Written,
)
from shared.evaluation import REFERENCE
from shared.sampling import SamplingParams

MOST_SAMPLES = 3
_FOOT = (
    "Brackets hold 95 % intervals. Perplexity depends on the tokenizer; only bits per byte compare "
    "across models. The reference row was taken in sample, on tales that its model was trained on."
)
_TEMPERATURE = (
    "Temperature",
    "how daring the choice of each word is: at 1 each comes as often as the model expects it, "
    "below 1 the likely ones come more often",
)


def evaluation(report: Report, served_as: Sequence[str] = ()) -> None:
    """`served_as` are the arithmetics of the workers that serve the model now."""
    _facts(report.model, served_as)
    _protocols(report.model.name, report.protocols)
    _adherence(report.conditions)
    if report.books:
        _books(report.books)
    if report.requests:
        _samples(report.requests[:MOST_SAMPLES])


def _facts(model: ModelFacts, served_as: Sequence[str]) -> None:
    said = (
        f"{model.parameters / 1e6:,.1f} million parameters, context {model.context:,} tokens, "
        f"vocabulary {model.vocabulary:,}, {model.megabytes:,.1f} MB of weights, evaluated as "
        f"{model.numeric_kind}. SHA-256 {model.sha256}."
    )
    others = [kind for kind in served_as if kind != model.numeric_kind]
    if others:
        said += (
            f" It is served as {' and as '.join(others)}: in another arithmetic the figures below "
            "may differ a little, and the same seed may tell another story."
        )
    st.html(f'<p class="once-model">{escape(said)}</p>')


def _protocols(model: str, found: Sequence[Protocol]) -> None:
    components.subsection("How well it knows tales")
    heads = (
        "Protocol",
        "Perplexity",
        "Per word",
        "Bits per byte",
        "BLEU",
        "ROUGE-1",
        "ROUGE-2",
        "ROUGE-L",
    )
    st.html(
        tables.table("Both protocols", heads, [*(_row(model, one) for one in found), _REFERENCE])
    )
    components.hint(_FOOT)
    st.html(tables.sayings((one.name.capitalize(), one.says) for one in found))


def _row(model: str, found: Protocol) -> list[str]:
    overlap = found.overlap
    return [
        f"{model}, {found.name}",
        f"{found.perplexity.perplexity:.2f}",
        f"{found.perplexity.word_perplexity:.1f}",
        tables.spread(found.bits_per_byte),
        f"{overlap.bleu.bleu:.4f}",
        *(tables.spread(rouge) for rouge in (overlap.rouge1, overlap.rouge2, overlap.rougeL)),
    ]


_REFERENCE = [
    f"Reference, in sample: {REFERENCE.name}",
    f"{REFERENCE.perplexity:.2f}",
    "–",
    "–",
    f"{REFERENCE.bleu.bleu:.4f}",
    *(f"{rouge:.3f}" for rouge in (REFERENCE.rouge1, REFERENCE.rouge2, REFERENCE.rougeL)),
]


def _adherence(conditions: Sequence[Condition]) -> None:
    measures = list(dict.fromkeys(measure for one in conditions for measure in one.adherence))
    if not measures:
        return
    components.subsection("Whether it does what it is asked")
    st.altair_chart(
        charts.adherence(conditions, measures),
        alt="Control adherence by measure and condition, each with its 95 % interval; the table "
        "below holds the same numbers",
    )
    rows = [
        [label(measure), *(tables.percent(one.adherence.get(measure)) for one in conditions)]
        for measure in measures
    ]
    heads = ["Measure", *(one.name for one in conditions)]
    st.html(tables.folded(tables.table("Control adherence", heads, rows)))
    said = [(one.name.capitalize(), one.says) for one in conditions]
    st.html(tables.sayings([*said, _TEMPERATURE]))
    if unlike := _unlike_the_defaults(conditions):
        components.hint(unlike)


def _unlike_the_defaults(conditions: Sequence[Condition]) -> str:
    """In what all stories of the evaluation were drawn unlike those that nobody set anything for.

    Empty if in nothing: what conditions differ in among each other is what they say of themselves.
    """
    drawn = [one.sampling for one in conditions if one.sampling is not None]
    usual = SamplingParams().model_dump()
    differing = [
        f"{wording.label(name).lower()} {one} (the service's default is {default})"
        for name, default in usual.items()
        if (one := _common(name, drawn)) is not None and one != default
    ]
    if not differing:
        return ""
    return f"All of the model's stories here were drawn at {', '.join(differing)}."


def _common(name: str, drawn: Sequence[Mapping[str, Any]]) -> Any:
    """What all of them say under this name; None if they differ, or there is none."""
    said = [one.get(name) for one in drawn]
    return said[0] if said and said.count(said[0]) == len(said) else None


def _books(books: Sequence[BookScore]) -> None:
    components.subsection("Whole tales as they stand in books")
    rows = [
        [
            one.book.replace("_", " "),
            f"{one.bare.bits_per_byte:.3f}",
            f"{one.prompted.bits_per_byte:.3f}",
            f"{one.bare.perplexity:.1f}",
            f"{one.bare.texts}",
            f"{one.bare.words:,}",
        ]
        for one in books
    ]
    heads = ("Book", "Bits per byte", "Under a prompt", "Perplexity", "Tales", "Words")
    st.html(tables.table("Books by path", heads, rows))


def _samples(written: Sequence[Written]) -> None:
    with st.expander("Stories for fixed requests, as they came"):
        st.html("".join(_sample(one) for one in written))


def _sample(one: Written) -> str:
    wanted = one.controls
    said = (
        f"{wanted.pov}, {wanted.length}, {wanted.genre}, {wanted.style}: {one.tokens} tokens, "
        f"ended by {one.finish}"
    )
    return (
        f'<article class="once-sample"><h3 dir="auto">{escape(one.seed)}</h3><p>{escape(said)}</p>'
        f'<div class="once-text" dir="auto">{escape(one.text.strip())}</div></article>'
    )
