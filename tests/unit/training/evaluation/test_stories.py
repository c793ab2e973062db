"""Stories from the served engine, and the prompts that they are written for."""

import pytest

from services.worker.engine import Engine
from shared.schemas import Length, SamplingParams, StoryControls
from tests.unit.training.evaluation.tiny import save_tiny_model
from training.evaluation.stories import (
    Order,
    chosen,
    contrary_orders,
    foreign_tales,
    write_stories,
)
from training.own_tales import Split, read_own_tales

TESTED = list(read_own_tales(Split.TEST))


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine.load(str(save_tiny_model(tmp_path_factory.mktemp("model"), context=1024)))


def test_a_story_is_the_same_alone_and_among_others(engine: Engine) -> None:
    """More orders than the engine has places, so that some have to wait."""
    orders = [
        Order(f"A baker and {number} bells", StoryControls(length=Length.SHORT))
        for number in range(engine.max_batch + 3)
    ]
    sampling = SamplingParams(temperature=0.8, max_new_tokens=12, end_at_sentence=False)
    stories = write_stories(engine, orders, sampling)
    assert write_stories(engine, orders[:1], sampling) == stories[:1]
    assert len(stories) == len(orders)
    assert all(0 < story.tokens <= 12 for story in stories)
    assert len({story.text for story in stories}) > 1


def test_prompts_are_balanced_and_never_trained_on() -> None:
    some = chosen(reversed(TESTED), 14)
    assert some == chosen(TESTED, 14)
    assert {tale.split for tale in some} == {Split.TEST}
    assert len({tale.controls.genre for tale in some}) >= 5
    assert chosen(TESTED, 10_000) == chosen(TESTED, len(TESTED))


def test_the_baseline_asks_for_everything_else() -> None:
    tales = chosen(TESTED, 8)
    for tale, order in zip(tales, contrary_orders(tales), strict=True):
        assert order.seed != tale.seed
        assert order.controls.pov is not tale.controls.pov
        assert order.controls.length is not tale.controls.length
        assert order.controls.genre is not tale.controls.genre


def test_foreign_tales_are_the_same_tales() -> None:
    tales = chosen(TESTED, 5)
    assert sorted(t.id for t in foreign_tales(tales)) == sorted(t.id for t in tales)
    assert all(a.id != b.id for a, b in zip(tales, foreign_tales(tales), strict=True))
