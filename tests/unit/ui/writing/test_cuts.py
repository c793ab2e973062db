"""Where a passage can be left."""

from services.ui.writing.cuts import AROUND_CHARS, Cut, cut_at, cuts_of


def test_a_cut_is_behind_each_word_but_the_last() -> None:
    text = " Once upon\n a time. "
    assert [text[:at] for at in cuts_of(text)] == [" Once", " Once upon", " Once upon\n a"]
    assert cuts_of("Once ") == cuts_of("") == []


def test_both_sides_are_shown_near_the_cut() -> None:
    assert cut_at("Once upon a time", 9) == Cut("Once upon", " a time")
    cut = cut_at("word " * 200, 499)
    assert cut.kept.startswith("…word")
    assert cut.dropped.endswith("word…")
    assert max(len(cut.kept), len(cut.dropped)) <= AROUND_CHARS + 1
