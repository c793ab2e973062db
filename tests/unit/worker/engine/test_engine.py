"""What an engine does with requests: limits, endings, slots and its own description."""

from pathlib import Path

import pytest

from services.worker.engine import Engine
from shared.errors import ContextExceededError
from shared.sampling import SamplingParams
from shared.schemas import FinishReason
from tests.unit.worker.engine.runs import LIVELY, Story, collect, collect_step, request, write
from tests.unit.worker.tiny_model import CONTEXT

UNENDING = SamplingParams(temperature=0, repetition_penalty=1, end_at_sentence=False)


def prompt_of(tokens: int) -> str:
    """Tildes are one token each: the corpus has none to merge."""
    return "~" * tokens


def test_a_prompt_is_counted_and_special_tokens_in_it_are_plain_text(fast_engine: Engine) -> None:
    assert fast_engine.add_request(request(prompt=prompt_of(9))) == 9
    assert fast_engine.add_request(request("other", prompt="<|endoftext|>")) > 1
    collect(fast_engine)


def test_an_empty_prompt_begins_at_the_end_of_text_token(fast_engine: Engine) -> None:
    assert fast_engine.add_request(request(prompt="")) == 1
    assert collect(fast_engine)["story"].tokens


def test_the_story_ends_with_its_budget(fast_engine: Engine) -> None:
    story = write(fast_engine, request(sampling=UNENDING, token_budget=5))
    assert len(story.tokens) == 5
    assert story.finish_reason is FinishReason.LENGTH


def test_max_new_tokens_goes_before_the_budget(fast_engine: Engine) -> None:
    sampling = UNENDING.model_copy(update={"max_new_tokens": 9})
    assert len(write(fast_engine, request(sampling=sampling, token_budget=5)).tokens) == 9


@pytest.mark.parametrize("length", [1, 64, 126, 127])
def test_the_budget_is_clipped_to_the_context(fast_engine: Engine, length: int) -> None:
    story = write(
        fast_engine, request(prompt=prompt_of(length), sampling=UNENDING, token_budget=999)
    )
    assert len(story.tokens) == CONTEXT - length
    assert story.finish_reason is FinishReason.LENGTH


def test_a_prompt_without_room_for_a_token_is_refused(fast_engine: Engine) -> None:
    with pytest.raises(ContextExceededError, match=r"128 tokens.*at most 127"):
        fast_engine.add_request(request(prompt=prompt_of(CONTEXT)))


def test_more_tokens_than_fit_are_refused_with_the_number_that_would(fast_engine: Engine) -> None:
    sampling = SamplingParams(max_new_tokens=29)
    with pytest.raises(ContextExceededError, match=r"max_new_tokens is 29.*only 28 fit"):
        fast_engine.add_request(request(prompt=prompt_of(100), sampling=sampling))


def test_the_end_of_text_token_is_emitted_and_ends_the_story(fast_engine: Engine) -> None:
    wild = SamplingParams(temperature=5, top_k=0, top_p=1, end_at_sentence=False)
    requests = [request(sampling=wild, seed=seed, token_budget=90) for seed in range(12)]
    stories = [write(fast_engine, story) for story in requests]
    ended = [story for story in stories if story.finish_reason is FinishReason.STOP]
    assert ended
    assert all(story.tokens.index(0) == len(story.tokens) - 1 for story in ended)
    assert not any("<|endoftext|>" in story.text for story in stories)


def test_text_ends_right_before_a_stop_string(fast_engine: Engine) -> None:
    free = write(fast_engine, request())
    stop = free.text[10:14]
    sampling = LIVELY.model_copy(update={"stop": [stop]})
    story = write(fast_engine, request(sampling=sampling))
    assert story.finish_reason is FinishReason.STOP
    assert story.text == free.text[: free.text.index(stop)]
    assert story.tokens == free.tokens[: len(story.tokens)]


def test_a_finished_story_frees_its_slot_for_the_next_step(fast_engine: Engine) -> None:
    for index in range(5):
        fast_engine.add_request(request(str(index), sampling=UNENDING, token_budget=1))
    assert fast_engine.free_slots == 0
    assert [output.id for output in fast_engine.step()] == ["0", "1", "2", "3"]
    assert fast_engine.free_slots == 3
    assert [output.id for output in fast_engine.step()] == ["4"]
    assert fast_engine.free_slots == 4


def test_an_aborted_story_is_silent_and_frees_its_slot(fast_engine: Engine) -> None:
    for index in range(5):
        fast_engine.add_request(request(str(index), sampling=UNENDING))
    fast_engine.step()
    fast_engine.abort("2")
    fast_engine.abort("2")
    assert {output.id for output in fast_engine.step()} == {"0", "1", "3", "4"}
    for index in range(5):
        fast_engine.abort(str(index))
    assert fast_engine.free_slots == 4


def test_a_story_can_be_aborted_while_it_waits_or_prefills(tiny_model: Path) -> None:
    engine = Engine.load(str(tiny_model), max_batch=1, prefill_token_budget=8, threads=1)
    fresh = write(engine, request("next"))
    engine.add_request(request("long", prompt=prompt_of(60)))
    engine.add_request(request("waiting"))
    assert engine.step() == []
    engine.abort("long")
    engine.abort("waiting")
    assert engine.free_slots == 1
    assert write(engine, request("next")) == fresh


def test_a_reused_slot_remembers_nothing(fast_engine: Engine) -> None:
    story = request(prompt="the sea")
    before = write(fast_engine, story)
    write(fast_engine, request("long", prompt=prompt_of(100)))
    assert write(fast_engine, story) == before


def test_a_long_prompt_never_stalls_a_running_story(tiny_model: Path) -> None:
    """Not even one that came before, and whose prefill takes the whole budget."""
    engine = Engine.load(str(tiny_model), max_batch=4, prefill_token_budget=16, threads=1)
    stories: dict[str, Story] = {}
    engine.add_request(request("long", prompt=prompt_of(100), sampling=UNENDING, token_budget=1))
    engine.add_request(request("running", prompt="~", sampling=UNENDING, token_budget=60))
    for step in range(1, 8):
        ids = {output.id for output in collect_step(engine, stories)}
        assert ids == ({"running", "long"} if step == 7 else {"running"})
    engine.abort("running")


def test_every_running_story_decodes_whatever_the_prefill_budget(tiny_model: Path) -> None:
    engine = Engine.load(str(tiny_model), max_batch=4, prefill_token_budget=2, threads=1)
    for index in range(4):
        engine.add_request(request(str(index), prompt="~", sampling=UNENDING))
    assert len(engine.step()) == len(engine.step()) == 4
    for index in range(4):
        engine.abort(str(index))


def test_a_first_token_is_drawn_before_those_of_others(fast_engine: Engine) -> None:
    for index in range(2):
        fast_engine.add_request(request(str(index), sampling=UNENDING))
    assert [output.id for output in fast_engine.step()] == ["0", "1"]
    fast_engine.add_request(request("new", prompt="the sea", sampling=UNENDING))
    parts = [[output.id for output in part] for part in fast_engine.step_in_parts()]
    assert parts == [[], ["new"], ["0", "1"]], "and told before those are"
    assert [output.id for output in fast_engine.step()] == ["0", "1", "new"]
    for id in ("0", "1", "new"):
        fast_engine.abort(id)


def test_one_id_cannot_be_written_twice_at_once(fast_engine: Engine) -> None:
    fast_engine.add_request(request())
    with pytest.raises(ValueError, match="already"):
        fast_engine.add_request(request())
    fast_engine.abort("story")


def test_an_engine_describes_itself(tiny_model: Path) -> None:
    engine = Engine.load(str(tiny_model), dtype="float32", max_batch=3, threads=1)
    again = Engine.load(str(tiny_model), dtype="float32", max_batch=5, threads=1)
    assert (engine.name, engine.context_length, engine.max_batch) == ("tiny", CONTEXT, 3)
    assert len(engine.model_sha256) == len(engine.tokenizer_sha256) == 64
    assert engine.numeric_kind.startswith("cpu-")
    assert "-fp32-torch" in engine.numeric_kind
    assert engine.numeric_kind == again.numeric_kind
    assert engine.model_sha256 == again.model_sha256
