"""The rules by which samples are judged."""

from shared.schemas import PointOfView
from training.sample import echoed, is_told_from

TOLD_BY_ONE = 'I went home, and my dog came with me. "You are late," said my wife.'
TOLD_OF_ONE = '"I am late," said the man, "and my dog is hungry." He went home to his wife.'


def test_speech_does_not_count_for_the_point_of_view() -> None:
    assert is_told_from(PointOfView.FIRST, TOLD_BY_ONE)
    assert not is_told_from(PointOfView.THIRD, TOLD_BY_ONE)
    assert is_told_from(PointOfView.THIRD, TOLD_OF_ONE)
    assert not is_told_from(PointOfView.FIRST, TOLD_OF_ONE)


def test_echo_counts_words_that_carry_the_seed() -> None:
    assert echoed("A dog and the moon", TOLD_OF_ONE) == "1/2 (dog)"
