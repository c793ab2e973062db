"""What an evaluation report measures, and what it is held against.

Knows neither how anything is measured nor how it is shown.
"""

from collections.abc import Mapping
from typing import Literal

from shared.contract import Contract

Measure = Literal[
    "first_person",
    "third_person",
    "length_class",
    "ends_by_itself",
    "ends_at_sentence",
    "genre_rule",
    "genre_judged",
    "main_noun",
    "foreign_main_noun",
    "seed_words",
    "foreign_seed_words",
    "copied",
    "original",
]
LABELS: Mapping[Measure, str] = {
    "first_person": "first person when asked",
    "third_person": "third person when asked",
    "length_class": "length class right, ended by itself at a sentence",
    "ends_by_itself": "ends by itself, at a sentence",
    "ends_at_sentence": "ends at a sentence, whoever ended it",
    "genre_rule": "genre right by rule words",
    "genre_judged": "genre right by the judge",
    "main_noun": "the seed's main noun in the story",
    "foreign_main_noun": "a foreign seed's main noun (chance)",
    "seed_words": "share of the seed's words in the story",
    "foreign_seed_words": "share of a foreign seed's words (chance)",
    "copied": "share of 8-grams found in training texts",
    "original": "no 8 words in a row from training texts",
}


class Bleu(Contract):
    """Between 0 and 1; lengths in words."""

    bleu: float
    precisions: list[float]
    brevity_penalty: float
    length_ratio: float
    length: int | None = None
    reference_length: int | None = None


class Reference(Contract):
    """A model whose authors report other numbers than ours; None is what they do not say."""

    name: str
    perplexity: float
    bleu: Bleu
    rouge1: float
    rouge2: float
    rougeL: float


REFERENCE = Reference(
    name="GPT-2 fine-tuned on a fairy-tale set, as its authors report it",
    perplexity=1.76,
    bleu=Bleu(
        bleu=0.008,
        precisions=[0.438, 0.058, 0.021, 0.019],
        brevity_penalty=0.142,
        length_ratio=0.339,
    ),
    rouge1=0.219,
    rouge2=0.035,
    rougeL=0.090,
)
