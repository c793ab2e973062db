"""Perplexity of books as they stand on a shelf: `python -m training.evaluation.books FOLDER`.

Raw books are cleaned and split into tales first; nothing else is left out of them.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from itertools import accumulate
from pathlib import Path

from shared.prompts import build_continuation
from training.evaluation.markdown import book_table
from training.evaluation.perplexity import summary
from training.evaluation.report import BookScore, Perplexity
from training.evaluation.scoring import Cost, Scorer
from training.evaluation.texts import NoTales, books_of

ALL_BOOKS = "all books"
BOOK_CHARACTERS = 200_000
"""Most of a book that is scored, in whole tales from its beginning."""


def score_books(
    scorer: Scorer, books: Mapping[str, Sequence[str]], characters: int
) -> list[BookScore]:
    """Each book, given as its tales, and all of them as one if there are several."""
    bare, prompted = list[Cost](), list[Cost]()
    scores = list[BookScore]()
    for name, tales in books.items():
        told = _beginning(tales, characters)
        alone = scorer.costs(told)
        under = scorer.costs(told, [build_continuation("")] * len(told))
        scores.append(_book(name, alone, under))
        bare += alone
        prompted += under
    return scores if len(scores) <= 1 else [*scores, _book(ALL_BOOKS, bare, prompted)]


def _book(name: str, bare: Sequence[Cost], prompted: Sequence[Cost]) -> BookScore:
    return BookScore(book=name, bare=_perplexity(bare), prompted=_perplexity(prompted))


def _perplexity(costs: Sequence[Cost]) -> Perplexity:
    return Perplexity.model_validate(summary(costs))


def _beginning(tales: Sequence[str], characters: int) -> list[str]:
    """Whole tales up to so many characters, and at least one."""
    ends = accumulate(map(len, tales))
    fitting = sum(end <= characters for end in ends)
    return list(tales[: max(1, fitting)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("books", type=Path, help="a folder of books (*.txt), or prepared tales")
    parser.add_argument(
        "--model", type=Path, default=Path("services/worker/checkpoints/fairytale-mini")
    )
    parser.add_argument("--characters", type=int, default=BOOK_CHARACTERS, help="most of a book")
    arguments = parser.parse_args()
    try:
        books = books_of(arguments.books, tell)
    except NoTales as problem:
        sys.exit(str(problem))
    scores = score_books(Scorer.load(arguments.model), books, arguments.characters)
    sys.stdout.write(f"{book_table(scores)}\n")


def tell(said: str) -> None:
    sys.stderr.write(f"{said}\n")


if __name__ == "__main__":
    main()
