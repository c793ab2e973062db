"""What the model's own evaluation found."""

from collections.abc import Sequence
from html import escape

import streamlit as st

from services.ui import components
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


def evaluation(report: Report) -> None:
    _facts(report.model)
    _protocols(report.model.name, report.protocols)
    _adherence(report.conditions)
    if report.books:
        _books(report.books)
    if report.requests:
        _samples(report.requests[:MOST_SAMPLES])


def _facts(model: ModelFacts) -> None:
    said = (
        f"{model.parameters / 1e6:,.1f} million parameters, context {model.context:,} tokens, "
        f"vocabulary {model.vocabulary:,}, {model.megabytes:,.1f} MB of weights, evaluated as "
        f"{model.numeric_kind}. SHA-256 {model.sha256}."
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
