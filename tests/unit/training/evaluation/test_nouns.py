"""The main noun of a seed, by rule."""

import pytest

from training.evaluation.nouns import main_noun


@pytest.mark.parametrize(
    ("seed", "noun"),
    [
        ("A lighthouse keeper who hears mysterious music from the sea", "keeper"),
        ("A fisherman and a golden fish", "fisherman"),
        ("The tailor and the talking cat", "tailor"),
        ("An old clockmaker finds a silver key in the snow", "clockmaker"),
        ("Two brothers set out to see the world", "brother"),
        ("A child called Orla lost her echo on a rock", "child"),
        ("The small tailor Ignac measures the lonely giantess", "tailor"),
        ("The ferry rope breaks in the flood", "rope"),
        ("A hedgehog fell asleep in a wheelbarrow", "hedgehog"),
        ("I planted an apricot stone on the day that Aram went away", "stone"),
        ("Whose is the red boat that I find in the reeds?", "boat"),
        ("At night Grandfather's coat gets down from its hook", "coat"),
        ("A miller’s daughter who never laughed", "daughter"),
        ("Mahina lends her blanket to a tired storm", "mahina"),
        ("Princess Ottilie will marry the man who can undo her knot", "ottilie"),
        ("Mrs. Tuohy and the pudding that began to roll", "tuohy"),
        ("On Monday, something walks", "monday"),
        ("something whispers", "whisper"),
        ("...", "..."),
    ],
)
def test_the_head_of_the_first_noun_phrase(seed: str, noun: str) -> None:
    assert main_noun(seed) == noun
