"""What is refused, how much is tolerated, and that the project's own list works."""

from pathlib import Path

import pytest

from training.family_filter import FamilyFilter, word_hash

LIST = f"""
version = 7
[[category]]
name = "slurs"
tolerated_per_thousand_words = 0
hashed_words = ["{word_hash("blorgs")}"]
[[category]]
name = "contempt"
tolerated_per_thousand_words = 10
phrases = ["savage*", "cut  off her hands"]
"""


@pytest.fixture
def family_filter(tmp_path: Path) -> FamilyFilter:
    path = tmp_path / "list.toml"
    path.write_text(LIST, encoding="utf-8")
    return FamilyFilter.load(path)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("They called them Blorgs.", "slurs"),
        ("The SAVAGES came.", "contempt"),
        ("They cut off\nher hands.", "contempt"),
    ],
)
def test_words_and_phrases_are_found(family_filter: FamilyFilter, text: str, category: str) -> None:
    assert family_filter.findings(text) == {category: 1}
    assert family_filter.refusals(text) == [category]


def test_part_of_a_word_is_not_the_word(family_filter: FamilyFilter) -> None:
    assert not family_filter.findings("blorgsome unsavages")


def test_a_rare_mention_is_tolerated_where_the_list_says_so(family_filter: FamilyFilter) -> None:
    long = "and so they went on " * 20
    assert not family_filter.refusals(f"{long} savage")
    assert family_filter.refusals(f"{long} savage savage") == ["contempt"]
    assert family_filter.refusals(f"{long} blorgs") == ["slurs"]


def test_the_own_list_spares_a_fairy_tale_and_refuses_its_opposite() -> None:
    own = FamilyFilter.load()
    assert own.version >= 1
    tale = "The wolf ate the grandmother, and the hunter cut him open, and she was alive and well."
    assert not own.refusals(tale)
    assert own.refusals("They were flayed, and his entrails fell out.") == ["cruelty in detail"]
