"""The rules by which a story is held against its seed."""

from shared.schemas import PointOfView, StoryControls
from training.fidelity import judge, main_word, report
from training.own_tales import OwnTale, Split
from training.sample import Sample


def tale(seed: str, text: str) -> OwnTale:
    controls = StoryControls(pov=PointOfView.THIRD)
    return OwnTale(id="t", split=Split.TEST, title="T", seed=seed, controls=controls, text=text)


FERRY = tale("A ferryman who fears deep water", "The ferryman sat. The ferryman's boat had water.")
GOOSE = tale("Two geese and a bell", "The bell rang, the bells rang, and the geese flew.")


def test_the_main_word_is_what_the_author_spoke_of() -> None:
    assert main_word(FERRY) == "ferryman"
    assert main_word(GOOSE) == "bell"


def test_a_story_is_held_against_its_own_seed_and_a_foreign_one() -> None:
    sample = Sample("There were ferrymen, and one was a ferryman.", 9, ended=True)
    own, other = judge(FERRY, GOOSE, sample), judge(GOOSE, FERRY, sample)
    assert (own.about_seed, own.about_foreign_seed) == (True, False)
    assert (other.about_seed, other.about_foreign_seed) == (False, True)
    assert "main word in the story: 1 of 2" in report([own, other])
