"""Stories from the served engine, and the prompts that they are written for."""

import pytest

from services.worker.engine import Engine
from shared.sampling import SamplingParams
from shared.schemas import StoryControls
from tests.unit.training.evaluation.tiny import save_tiny_model
from training.evaluation.stories import (
    Order,
    Requests,
    chosen,
    contrary,
    foreign,
    orders_of,
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
        Order(seed=f"A baker and {number} bells", controls=StoryControls())
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
    orders = orders_of(chosen(TESTED, 8))
    for order, other in zip(orders, contrary(orders), strict=True):
        assert order.seed != other.seed
        assert order.controls.pov is not other.controls.pov
        assert order.controls.length is not other.controls.length
        assert order.controls.genre is not other.controls.genre


def test_foreign_orders_are_the_same_orders() -> None:
    orders = orders_of(chosen(TESTED, 5))
    assert sorted(one.seed for one in foreign(orders)) == sorted(one.seed for one in orders)
    assert all(a.seed != b.seed for a, b in zip(orders, foreign(orders), strict=True))


def test_fixed_requests_are_a_dozen_and_none_is_a_test_tale() -> None:
    seeds = {order.seed for order in Requests.load().requests}
    assert len(Requests.load().requests) == 12
    assert not seeds & {tale.seed for tale in TESTED}
