"""A story is the same whoever else is written beside it, whenever they come and go."""

from pathlib import Path

import pytest

from services.worker.engine import Engine, SequenceRequest
from services.worker.engine.dtypes import Dtype
from shared.sampling import SamplingParams
from tests.unit.worker.engine.conftest import DTYPES
from tests.unit.worker.engine.runs import (
    AIDED,
    LIVELY,
    Story,
    collect,
    collect_step,
    request,
    write,
)

DEFAULT = SamplingParams()
GREEDY = SamplingParams(temperature=0)


def add_neighbours(engine: Engine, count: int) -> None:
    """Stories of various prompts, lengths and parameters."""
    for index in range(count):
        engine.add_request(
            request(
                f"neighbour-{index}",
                prompt="the sea " * (1 + 3 * (index % 7)),
                sampling=(LIVELY, DEFAULT, GREEDY, AIDED)[index % 4],
                seed=100 + index,
                token_budget=3 + 5 * index,
            )
        )


@pytest.mark.parametrize(
    "sampling",
    [LIVELY, DEFAULT, GREEDY, AIDED],
    ids=["lively", "default", "greedy", "aided"],
)
@pytest.mark.parametrize("neighbours", [1, 2, 7, 15])
def test_neighbours_change_nothing(
    engine: Engine, neighbours: int, sampling: SamplingParams
) -> None:
    story = request(sampling=sampling)
    alone = write(engine, story)
    add_neighbours(engine, neighbours)
    assert collect_with(engine, story) == alone


@pytest.mark.parametrize("head_start", [1, 4, 20])
def test_a_late_joiner_gets_its_own_story_and_disturbs_none(
    engine: Engine, head_start: int
) -> None:
    alone = write(engine, request())
    add_neighbours(engine, 9)
    undisturbed = collect(engine)

    add_neighbours(engine, 9)
    stories: dict[str, Story] = {}
    for _ in range(head_start):
        collect_step(engine, stories)
    engine.add_request(request())
    collect(engine, stories)
    assert stories.pop("story") == alone
    assert stories == undisturbed


def test_more_stories_than_slots_are_all_written_the_same(engine: Engine) -> None:
    seeds = range(40)
    alone = [write(engine, request(seed=seed, token_budget=8)) for seed in seeds]
    for seed in seeds:
        engine.add_request(request(str(seed), seed=seed, token_budget=8))
    stories = collect(engine)
    assert [stories[str(seed)] for seed in seeds] == alone


@pytest.mark.parametrize("budget", [1, 2, 3, 7, 512])
def test_the_prefill_budget_changes_nothing(tiny_model: Path, budget: int) -> None:
    whole = Engine.load(str(tiny_model), dtype="float32", threads=1)
    chunked = Engine.load(str(tiny_model), dtype="float32", prefill_token_budget=budget, threads=1)
    add_neighbours(whole, 5)
    add_neighbours(chunked, 5)
    assert collect(chunked) == collect(whole)


@pytest.mark.parametrize("dtype", DTYPES)
def test_the_number_of_threads_changes_nothing(tiny_model: Path, dtype: Dtype) -> None:
    results = []
    for threads in (2, 1):
        engine = Engine.load(str(tiny_model), dtype=dtype, threads=threads)
        add_neighbours(engine, 5)
        results.append(collect(engine))
    assert results[0] == results[1]


def test_stories_differ_by_seed(fast_engine: Engine) -> None:
    """Otherwise everything above could hold for an engine that knows one story only."""
    texts = {write(fast_engine, request(seed=seed)).text for seed in range(5)}
    assert len(texts) == 5


def collect_with(engine: Engine, story: SequenceRequest) -> Story:
    engine.add_request(story)
    return collect(engine)["story"]
