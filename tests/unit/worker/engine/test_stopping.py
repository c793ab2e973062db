"""Truth table: pieces of text go in, released text comes out, one piece at a time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.worker.engine.stopping import StopMatcher


@pytest.mark.parametrize(
    ("stops", "pieces", "released", "matched"),
    [
        ([], ["ab", "c"], ["ab", "c"], False),
        (["END"], ["a END b"], ["a "], True),
        (["END"], ["a E", "N", "D b"], ["a ", "", ""], True),
        (["END"], ["a E", "N", "T b"], ["a ", "", "ENT b"], False),
        (["END"], ["END"], [""], True),
        (["END"], ["E", "END"], ["", "E"], True),
        (["END"], ["ENEN", "D"], ["EN", ""], True),
        (["aab"], ["aa", "a", "b"], ["", "a", ""], True),
        (["abab"], ["aba", "c"], ["", "abac"], False),
        (["abab"], ["abaab", "ab"], ["aba", ""], True),
        (["abc", "b"], ["a", "b"], ["", "a"], True),
        (["abc", "bd"], ["ab", "d"], ["", "a"], True),
        (["bc", "abc"], ["xabc"], ["x"], True),
        (["\n\n"], ["a\n", "b\n", "\nc"], ["a", "\nb", ""], True),
        (["é🌊"], ["é", "🌊!"], ["", ""], True),
        (["é🌊"], ["xé", "🌙"], ["x", "é🌙"], False),
        (["END"], ["x END", " more"], ["x ", ""], True),
        (["END"], ["", "E", "", "ND"], ["", "", "", ""], True),
    ],
)
def test_truth_table(
    stops: list[str], pieces: list[str], released: list[str], matched: bool
) -> None:
    matcher = StopMatcher(stops)
    assert [matcher.push(piece) for piece in pieces] == released
    assert matcher.matched is matched


def test_flush_gives_back_what_was_held() -> None:
    matcher = StopMatcher(["END"])
    assert matcher.push("the EN") == "the "
    assert (matcher.flush(), matcher.flush()) == ("EN", "")


def test_a_matched_stop_leaves_nothing_to_flush() -> None:
    matcher = StopMatcher(["END"])
    matcher.push("the END of")
    assert matcher.flush() == ""


@given(
    pieces=st.lists(st.text("ab", max_size=4), max_size=12),
    stops=st.lists(st.text("ab", min_size=1, max_size=4), max_size=3),
)
def test_released_text_is_what_precedes_the_first_completed_stop(
    pieces: list[str], stops: list[str]
) -> None:
    """Character by character, by definition, against the matcher that sees pieces."""
    matcher = StopMatcher(stops)
    released = "".join(matcher.push(piece) for piece in pieces)
    text = "".join(pieces)
    ends = (end for end in range(len(text) + 1) if text[:end].endswith(tuple(stops)))
    first = next(ends, None) if stops else None
    assert matcher.matched is (first is not None)
    if first is None:
        assert released + matcher.flush() == text
        return
    longest = max(len(stop) for stop in stops if text[:first].endswith(stop))
    assert released == text[: first - longest]
