"""A story that is cut anywhere and taken over goes on byte for byte."""

import pytest

from services.worker.engine import Engine, StepOutput
from shared.sampling import SamplingParams
from shared.schemas import FinishReason
from tests.unit.worker.engine.runs import AIDED, LIVELY, Story, request, write


def stop_in_the_middle(story: Story) -> str:
    """A piece of the text itself, so it is certain to occur."""
    middle = len(story.text) // 2
    return story.text[middle : middle + 4]


def longest_story(engine: Engine) -> int:
    """A seed whose story is not ended early by the end-of-text token."""
    return max(range(8), key=lambda seed: len(write(engine, request(seed=seed)).tokens))


def test_every_split_continues_byte_for_byte(engine: Engine) -> None:
    seed = longest_story(engine)
    whole = write(engine, request(seed=seed))
    assert len(whole.tokens) == 40
    for split in range(len(whole.tokens)):
        rest = write(engine, request(seed=seed, generated=whole.tokens[:split]))
        assert rest.tokens == whole.tokens[split:]
        assert rest.texts == whole.texts[split:]
        assert rest.finish_reason == whole.finish_reason


def test_every_split_of_a_story_with_a_stop_string(engine: Engine) -> None:
    seed = longest_story(engine)
    stop = stop_in_the_middle(write(engine, request(seed=seed)))
    sampling = LIVELY.model_copy(update={"stop": [stop, stop[::-1]]})
    whole = write(engine, request(seed=seed, sampling=sampling))
    assert whole.finish_reason is FinishReason.STOP
    for split in range(len(whole.tokens)):
        rest = write(engine, request(seed=seed, sampling=sampling, generated=whole.tokens[:split]))
        assert (rest.tokens, rest.texts) == (whole.tokens[split:], whole.texts[split:])


def test_every_split_of_a_story_with_both_aids(engine: Engine) -> None:
    seed = longest_story(engine)
    whole = write(engine, request(seed=seed, sampling=AIDED))
    assert whole != write(engine, request(seed=seed)), "the aids did nothing"
    for split in range(len(whole.tokens)):
        rest = write(engine, request(seed=seed, sampling=AIDED, generated=whole.tokens[:split]))
        assert (rest.tokens, rest.texts) == (whole.tokens[split:], whole.texts[split:])
        assert rest.finish_reason == whole.finish_reason


def test_indices_go_on_where_the_log_ends(fast_engine: Engine) -> None:
    fast_engine.add_request(request(generated=(70, 71, 72)))
    assert [output.index for output in fast_engine.step()] == [4]
    fast_engine.abort("story")


@pytest.mark.parametrize(
    ("sampling", "generated", "reason"),
    [
        (SamplingParams(max_new_tokens=3), (70, 71, 72), FinishReason.LENGTH),
        (SamplingParams(), (70, 71, 0), FinishReason.STOP),
        (SamplingParams(stop=["gh"]), (70, 71, 72), FinishReason.STOP),
    ],
    ids=["length", "end-of-text", "stop string"],
)
def test_a_log_that_is_complete_only_gets_its_ending(
    fast_engine: Engine,
    sampling: SamplingParams,
    generated: tuple[int, ...],
    reason: FinishReason,
) -> None:
    """The worker died between the last token and the ending."""
    fast_engine.add_request(request(sampling=sampling, generated=generated))
    assert fast_engine.free_slots == 4
    assert fast_engine.step() == [StepOutput("story", 3, None, "", reason)]
    assert not fast_engine.has_work


def test_a_complete_log_can_be_aborted(fast_engine: Engine) -> None:
    fast_engine.add_request(request(generated=(70, 0)))
    fast_engine.abort("story")
    assert fast_engine.step() == []
