"""A prepared corpus in small, as the commands leave it: a tokenizer and encoded data sets."""

import random
from pathlib import Path

from training.encode import encode
from training.grammar.compose import compose
from training.grammar.language import Language
from training.recipe import Recipe
from training.tokenizer import load_tokenizer, sample_prompts, train_tokenizer

CONTEXT = 96


def words(text: str) -> int:
    return len(text.split())


def prepare(folder: Path) -> None:
    """Write `tokenizer`, and `tokens` with the data sets `tales` and `watched`."""
    tales = list(compose(Language.load(), random.Random(1), 30, words))
    texts = [tale.story for tale in tales] + sample_prompts()
    train_tokenizer(texts, 600).save_pretrained(folder / "tokenizer")
    tokenizer = load_tokenizer(folder / "tokenizer")
    encode(tales[:24], tokenizer).save_to_disk(str(folder / "tokens" / "tales"))
    encode(tales[24:], tokenizer).save_to_disk(str(folder / "tokens" / "watched"))


def recipe(**lesson: object) -> Recipe:
    """One lesson of eight steps, unless `lesson` says otherwise."""
    usual = {
        "name": "first",
        "passes": {"tales": 3},
        "context": CONTEXT,
        "rows": 2,
        "learning_rate": 0.01,
        "muon_learning_rate": 0.02,
        "schedule": "linear",
        "evaluate_steps": 4,
        "max_steps": 8,
    }
    shape = {"layers": 2, "width": 16, "heads": 2, "context": 128}
    return Recipe.model_validate(
        {
            "seed": 1,
            "shape": shape,
            "watched": {"tales": "watched"},
            "lessons": [usual | lesson],
        }
    )


def two_lessons() -> Recipe:
    second = recipe().lessons[0].model_copy(update={"name": "second"})
    return recipe().model_copy(update={"lessons": [*recipe().lessons, second]})
