"""Where a sentence is over, and where a story may therefore end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.worker.engine.sentences import SentenceWatch, may_round_off


def watching(*pieces: str) -> SentenceWatch:
    watch = SentenceWatch()
    for piece in pieces:
        watch.push(piece)
    return watch


@pytest.mark.parametrize(
    ("text", "at_end", "at_break"),
    [
        ("", False, False),
        ("He went", False, False),
        ("He went.", True, False),
        ("He went. ", True, False),
        ("He went.\n", True, True),
        ("He went.\n\nThen", False, False),
        ("He went...", True, False),
        ('"Go!', False, False),
        ('"Go!"', True, False),
        ('"Go," he said', False, False),
        ('"Go," he said.', True, False),
        ('He said. "', False, False),
        ("“Go!", False, False),
        ("“Go!”", True, False),
        ("He (who?)", True, False),
        ("‘Go!’", True, False),
        ("Then Mr.", False, False),
        ("Then Mr. Fox ran.", True, False),
        ('"Go on.\n\n', True, True),
        ('"Go on.\n\n"And then.', False, False),
        ("A line without an end\n", False, False),
        ("終わり。", True, False),
    ],
)
def test_truth_table(text: str, at_end: bool, at_break: bool) -> None:
    watch = watching(text)
    assert (watch.at_end, watch.at_break) == (at_end, at_break)


@given(st.lists(st.text("aM r.!\"”“'\n", max_size=5), max_size=8))
def test_how_the_text_is_cut_changes_nothing(pieces: list[str]) -> None:
    whole, cut = watching("".join(pieces)), watching(*pieces)
    assert (whole.at_end, whole.at_break) == (cut.at_end, cut.at_break)


@pytest.mark.parametrize(
    ("text", "limit", "first"),
    [
        ("A.", 100, 88),
        ("A.\n", 100, 76),
        ("A.", 800, 752),
        ("A.\n", 800, 704),
        ("A.", 10, 8),
        ("A", 100, None),
    ],
)
def test_paragraphs_may_end_a_story_sooner_than_sentences(
    text: str, limit: int, first: int | None
) -> None:
    watch = watching(text)
    allowed = [at for at in range(limit + 1) if may_round_off(watch, written=at, limit=limit)]
    assert allowed == ([] if first is None else list(range(first, limit + 1)))
