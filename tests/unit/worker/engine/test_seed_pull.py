"""Which tokens a story's seed raises, and when no longer. Every token is a piece of plain text."""

import numpy as np
import pytest

from services.worker.engine.seed_pull import MARGIN, MOST_WORDS, SeedPull, seed_words
from services.worker.engine.weighing import Scores
from tests.unit.worker.engine.biased import biased

PIECES = [" the", " ferry", "man", " fox", " Fox", "es", ".", " sea", " f", "x"]
ID = {piece: index for index, piece in enumerate(PIECES)}
SEED = "The ferryman and the fox"


def encode(text: str) -> list[int]:
    """Longest piece first."""
    ids = []
    while text:
        piece = max((piece for piece in PIECES if text.startswith(piece)), key=len, default="x")
        ids.append(ID[piece])
        text = text.removeprefix(piece) if text.startswith(piece) else text[1:]
    return ids


def after(*pieces: str, strength: float = 2.0) -> SeedPull:
    pull = SeedPull(seed_words(SEED, encode), strength)
    for piece in pieces:
        pull.push(ID[piece], piece)
    return pull


def gains(pull: SeedPull, logits: Scores | None = None) -> dict[str, float]:
    logits = np.zeros(len(PIECES), dtype=np.float32) if logits is None else logits
    assert pull.bias is not None
    raised = biased(logits, [pull.bias]) - logits
    return {piece: float(gain) for piece, gain in zip(PIECES, raised, strict=True) if gain}


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([], {" ferry": 2, " fox": 2}),
        ([" the"], {" ferry": 2, " fox": 2}),
        ([" ferry"], {"man": 2, " ferry": 1, " fox": 2}),
        ([" ferry", "man"], {" ferry": 1, " fox": 2}),
        ([" ferry", "man", " the", " ferry"], {"man": 1, " ferry": 1, " fox": 2}),
        ([" fox"], {" ferry": 2, " fox": 1}),
        ([" fox", "es"], {" ferry": 2, " fox": 1}),
        ([" Fox", "."], {" ferry": 2, " fox": 1}),
        ([" fox", " the", " fox"], {" ferry": 2, " fox": 1}),
        ([" fox", " the", " fox", ".", " fox"], {" ferry": 2}),
        ([" ferry", "."] * 3, {" fox": 2}),
    ],
    ids=lambda value: "".join(value) if isinstance(value, list) else "",
)
def test_a_word_is_pulled_less_the_more_it_has_been_used(
    pieces: list[str], expected: dict[str, float]
) -> None:
    assert gains(after(*pieces)) == expected


def test_only_what_is_plausible_is_raised() -> None:
    logits = np.zeros(len(PIECES), dtype=np.float32)
    logits[ID[" the"]] = MARGIN
    logits[ID[" fox"]] = -0.01
    assert gains(after(), logits) == {" ferry": 2}


def test_a_seed_that_is_used_up_pulls_nowhere() -> None:
    assert after(*[" fox", " ferry", "man"] * 3).bias is None


def test_small_words_are_not_pulled_and_long_seeds_only_at_first() -> None:
    assert [word.stem for word in seed_words("She was at the BAKER'S with a baker", encode)] == [
        "baker"
    ]
    words = [chr(ord("a") + index) * 5 for index in range(20)]
    read: list[str] = []

    def noted(text: str) -> list[int]:
        read.append(text)
        return encode(text)

    stems = [word.stem for word in seed_words(" ".join(words), noted)]
    assert stems == words[:MOST_WORDS]
    assert {text.strip() for text in read} == {*stems}, "what comes behind them is not even read"


def test_a_princess_is_no_prince() -> None:
    stems = [word.stem for word in seed_words("Princes love a princess", encode)]
    assert stems == ["prince", "love", "princes"]


def test_a_first_word_is_known_without_its_capital_and_a_name_keeps_it() -> None:
    first, name = seed_words("Fox meets Fox", encode)[:1], seed_words("The Fox", encode)
    assert first[0].forms == ((ID[" Fox"],), (ID[" fox"],))
    assert name[0].forms == ((ID[" Fox"],),)
