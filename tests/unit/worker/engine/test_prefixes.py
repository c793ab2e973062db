"""What a slot still holds is not run again, is no stranger's to measure, and changes no story."""

import secrets
from collections.abc import Sequence
from pathlib import Path

import pytest
from torch import Tensor

from services.worker.engine import Engine, SequenceRequest
from services.worker.engine.runner import Chunk, Runner
from tests.unit.worker.engine.runs import (
    LIVELY,
    PROMPT,
    Story,
    collect,
    collect_step,
    request,
    write,
)


class Counting:
    """A runner that notes how many tokens each step runs, and which slots were copied."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self.ran: list[int] = []
        self.copied: list[tuple[int, int]] = []

    def forward(self, chunks: Sequence[Chunk]) -> Tensor:
        self.ran.append(sum(len(chunk.tokens) for chunk in chunks))
        return self._runner.forward(chunks)

    def copy(self, source: int, target: int, count: int) -> None:
        self.copied.append((source, target))
        self._runner.copy(source, target, count)

    def states(self) -> Sequence[Tensor]:
        return self._runner.states()


@pytest.fixture
def runner(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Counting:
    counting = Counting(engine._runner)
    monkeypatch.setattr(engine, "_runner", counting)
    return counting


@pytest.fixture
def person() -> str:
    """Somebody whose stories no other test's are."""
    return secrets.token_hex(8)


def prefilled(engine: Engine, runner: Counting, story: SequenceRequest) -> tuple[int, Story]:
    """How many tokens its first step ran, and the story."""
    runner.ran.clear()
    written = write(engine, story)
    return runner.ran[0], written


def test_the_same_prompt_again_is_one_token_of_work(
    engine: Engine, runner: Counting, person: str
) -> None:
    whole, story = prefilled(engine, runner, request(owner=person))
    assert whole == engine.count_tokens(PROMPT)
    assert prefilled(engine, runner, request(owner=person)) == (1, story)
    assert runner.copied, "the slot that was left last is taken last"


def test_what_goes_on_behind_a_beginning_is_all_that_runs(
    engine: Engine, runner: Counting, person: str
) -> None:
    longer = f"{PROMPT} and his sea the keeper"
    _, computed = prefilled(engine, runner, request(prompt=longer))
    write(engine, request(owner=person))
    ran, story = prefilled(engine, runner, request(prompt=longer, owner=person))
    assert ran == engine.count_tokens(longer) - engine.count_tokens(PROMPT)
    assert story == computed


def test_a_story_that_comes_back_goes_on_where_it_was(
    engine: Engine, runner: Counting, person: str
) -> None:
    whole = write(engine, request())
    first = write(engine, request(owner=person, token_budget=9))
    assert first.tokens == whole.tokens[:9]
    again = request(owner=person, generated=first.tokens)
    ran, rest = prefilled(engine, runner, again)
    assert ran == 1, "the last token that was drawn was never run"
    assert first.tokens + rest.tokens == whole.tokens


def test_a_stranger_is_spared_the_frame_alone(
    engine: Engine, runner: Counting, person: str
) -> None:
    frame = "once upon a time"
    whole = engine.count_tokens(PROMPT)
    story = write(engine, request(owner=person, frame=frame))
    assert prefilled(engine, runner, request(owner="a stranger")) == (whole, story)
    left = whole - engine.count_tokens(frame)
    assert prefilled(engine, runner, request(owner="another stranger", frame=frame)) == (
        left,
        story,
    )


def test_those_who_come_together_share_what_a_running_story_has(
    engine: Engine, runner: Counting, person: str
) -> None:
    """Each of them writes its own; the one that they copy goes on undisturbed."""
    seeds = range(8)
    alone = {seed: write(engine, request(seed=seed)) for seed in seeds}
    stories = {"0": Story()}
    engine.add_request(request("0", seed=0, owner=person))
    for _ in range(5):
        for output in engine.step():
            stories[output.id].add(output)
    runner.ran.clear()
    for seed in seeds[1:]:
        engine.add_request(request(str(seed), seed=seed, owner=person))
    collect(engine, stories)
    assert runner.ran[0] == len(seeds), "a row each"
    assert stories == {str(seed): alone[seed] for seed in seeds}


def test_slots_that_are_used_again_and_again_change_nothing(tiny_model: Path, person: str) -> None:
    """Three slots, prompts that begin alike up to various places, stories that are cut off."""
    engine = Engine.load(str(tiny_model), dtype="float32", max_batch=3, threads=1)
    words = PROMPT.split()
    prompts = [" ".join(words[: 2 + n % 6] + ["the", "sea"] * (n % 4)) for n in range(24)]
    alone = {
        str(n): write(engine, request(str(n), prompt=prompt, seed=n))
        for n, prompt in enumerate(prompts)
    }
    stories: dict[str, Story] = {}
    for n, prompt in enumerate(prompts):
        engine.add_request(request(str(n), prompt=prompt, seed=n, owner=person))
        engine.add_request(request("cut off", prompt=prompt, seed=99, owner=person))
        for _ in range(n % 4):
            collect_step(engine, stories)
        engine.abort("cut off")
    collect(engine, stories)
    stories.pop("cut off")
    assert stories == alone


def test_nothing_is_taken_from_a_story_that_failed(
    engine: Engine, runner: Counting, person: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, _ = prefilled(engine, runner, request(owner=person))
    forward = runner.forward
    monkeypatch.setattr(runner, "forward", lambda chunks: forward(chunks) * float("nan"))
    for _ in range(engine.max_batch):  # no slot is left that holds the story
        write(engine, request(owner=person, sampling=LIVELY))
    monkeypatch.setattr(runner, "forward", forward)
    assert prefilled(engine, runner, request(owner=person))[0] == whole
