"""What a pull is judged by."""

from shared.schemas import FinishReason, StoryControls
from training.evaluation.stories import Order, Story
from training.seed_pull import judged

FERRY = Order(seed="A ferryman who fears deep water", controls=StoryControls())
GOOSE = Order(seed="A goose and a bell", controls=StoryControls())


def test_each_story_is_held_against_its_own_seed_and_the_next() -> None:
    texts = ["The ferryman sat by the water.", "A bell rang. The ferryman heard a bell and"]
    stories = [
        Story(texts[0], 9, FinishReason.STOP),
        Story(texts[1], 300, FinishReason.LENGTH),
    ]
    outcome = judged(stories, [FERRY, GOOSE])
    assert (outcome.main_noun, outcome.foreign_noun) == (0.5, 0.5)
    assert outcome.seed_words == (2 / 4 + 1 / 2) / 2
    assert (outcome.by_itself, outcome.length) == (0.5, 0.5)
