"""Words that are ruled out never leave, and what replaces them is replayable."""

import re
from dataclasses import replace

import numpy as np
import pytest

from services.worker.engine import Engine, SequenceRequest
from services.worker.engine.sequence import Sequence
from shared.sampling import SamplingParams
from shared.schemas import FinishReason
from tests.unit.worker.engine.biased import biased
from tests.unit.worker.engine.ruled import Rule, rule_out
from tests.unit.worker.engine.runs import AIDED, LIVELY, Story, collect_step, request, write

__all__ = ["rule_out"]
SPACE, BAD, NESS, GOOD, END, STOP = range(6)
BYTES_OF = [b" ", b" bad", b"ness", b" good", b"<end>", b"."]


def avoiding(sampling: SamplingParams = LIVELY, **given: object) -> SequenceRequest:
    return replace(request(sampling=sampling), avoid_explicit=True, **given)  # type: ignore[arg-type]


def sequence_of(*generated: int, limit: int = 9, stop: str = "", before: str = "") -> Sequence:
    sampling = SamplingParams(stop=[stop] if stop else [], end_at_sentence=False)
    return Sequence(
        avoiding(sampling, generated=generated, before=before),
        [SPACE],
        limit=limit,
        eos_ids=frozenset([END]),
        bytes_of=BYTES_OF,
    )


def fed(sequence: Sequence, *tokens: int) -> list[list[str]]:
    """The texts that each token releases."""
    return [[output.text for output in sequence.append(token)] for token in tokens]


def test_a_word_is_released_once_it_is_whole(rule_out: Rule) -> None:
    rule_out("bad")
    assert fed(sequence_of(), GOOD, NESS, GOOD) == [[], [], [" good", "ness"]]
    assert fed(sequence_of(), BAD, NESS, STOP) == [[], [], [" bad", "ness", "."]]


@pytest.mark.parametrize("after", [SPACE, GOOD, STOP, END])
def test_a_word_that_is_ruled_out_is_taken_back_whatever_follows(
    rule_out: Rule, after: int
) -> None:
    rule_out("bad")
    sequence = sequence_of()
    assert fed(sequence, GOOD, BAD, after) == [[], [" good"], []]
    assert sequence.finish_reason is None
    assert (sequence.generated, sequence.pending) == (1, 2 - sequence.cached)
    scores = biased(np.ones(len(BYTES_OF), np.float32), sequence.wish().biases)
    assert scores[BAD] == -np.inf
    assert fed(sequence, GOOD, GOOD) == [[], [" good"]]


def test_a_story_that_fails_drops_what_nobody_has_judged(rule_out: Rule) -> None:
    rule_out("bad")
    sequence = sequence_of()
    assert fed(sequence, GOOD, BAD) == [[], [" good"]]
    [last] = sequence.fail()
    assert (last.index, last.token, last.finish_reason) == (1, None, FinishReason.ERROR)


def test_its_beginning_is_free_again_behind_another_word(rule_out: Rule) -> None:
    rule_out("bad")
    sequence = sequence_of()
    fed(sequence, BAD, STOP, GOOD, SPACE)
    assert np.isfinite(biased(np.ones(len(BYTES_OF), np.float32), sequence.wish().biases)).all()


def test_the_last_word_of_a_phrase_is_taken_back(rule_out: Rule) -> None:
    rule_out("good badness")
    assert fed(sequence_of(), GOOD, BAD, NESS, STOP) == [[], [" good"], [], []]


def test_a_story_that_is_cut_ends_without_the_word(rule_out: Rule) -> None:
    rule_out("bad")
    sequence = sequence_of(limit=2)
    assert fed(sequence, GOOD, BAD) == [[], [" good"]]
    assert sequence.finish_reason is None
    [last] = sequence.append(GOOD)
    assert (last.index, last.text, last.finish_reason) == (2, " good", FinishReason.LENGTH)


@pytest.mark.parametrize("stop", ["ness", "ness.", "ess", "adness"])
def test_a_word_that_only_a_cut_makes_never_leaves(rule_out: Rule, stop: str) -> None:
    """Whether it stands at the end of a token, within one, or behind a held back beginning."""
    rule_out("badness."[: "badness.".find(stop)])
    sequence = sequence_of(stop=stop)
    tokens = (GOOD, BAD, NESS, STOP) if stop.endswith(".") else (GOOD, BAD, NESS)
    assert fed(sequence, *tokens) == [[], [" good"], *[[] for _ in tokens[2:]]]
    assert sequence.finish_reason is None
    scores = biased(np.ones(len(BYTES_OF), np.float32), sequence.wish().biases)
    assert scores[BAD] == -np.inf


def test_a_word_waits_for_the_next_one_if_its_end_leaves_with_that(rule_out: Rule) -> None:
    """The stop string holds "ness" back until "good" follows: without that it would be "bad"."""
    rule_out("bad", "good")
    sequence = sequence_of(stop="ness.")
    assert fed(sequence, BAD, NESS, GOOD) == [[], [], []]
    assert fed(sequence, STOP) == [[]]
    assert (sequence.generated, sequence.finish_reason) == (0, None)


def test_a_word_that_is_cut_within_its_token_never_leaves(rule_out: Rule) -> None:
    rule_out("goo")
    sequence = sequence_of(stop="d")
    assert fed(sequence, GOOD) == [[]]
    assert (sequence.finish_reason, sequence.generated) == (None, 0)


def test_a_stop_string_that_is_ruled_out_itself_ends_the_story(rule_out: Rule) -> None:
    rule_out("bad")
    sequence = sequence_of(stop="bad")
    assert fed(sequence, GOOD, BAD) == [[], [" good", " "]]
    assert sequence.finish_reason is FinishReason.STOP


def test_a_word_that_began_before_the_story_is_taken_back(rule_out: Rule) -> None:
    rule_out("badness")
    assert fed(sequence_of(before="a bad"), NESS, STOP, STOP) == [[], [], ["."]]
    assert fed(sequence_of(NESS, before="bad"), GOOD, STOP) == [[], [" good", "."]]


def test_a_phrase_that_began_before_the_story_is_taken_back(rule_out: Rule) -> None:
    rule_out("so good")
    assert fed(sequence_of(before="it is so"), GOOD, STOP) == [[], []]


def test_what_stands_before_the_story_is_not_ruled_out(rule_out: Rule) -> None:
    rule_out("bad", "so bad")
    assert fed(sequence_of(before="bad it is so bad"), GOOD, STOP) == [[], [" good", "."]]


def test_a_story_that_was_begun_under_another_list_goes_on(rule_out: Rule) -> None:
    rule_out("bad")
    sequence = sequence_of(GOOD, BAD, STOP)
    assert fed(sequence, GOOD, GOOD) == [[], [" good"]]
    assert fed(sequence, BAD, STOP) == [[" good"], []]


def test_tokens_that_are_held_back_are_drawn(engine: Engine, rule_out: Rule) -> None:
    rule_out("unutterable")
    engine.add_request(avoiding(token_budget=40))
    drawn, told = [], [0]
    while engine.has_work:
        told.append(told[-1] + len(engine.step()))
        drawn.append(engine.drawn("story"))
    *drawn, after_its_end = drawn
    assert drawn == list(range(1, len(drawn) + 1))
    assert any(count < ahead for count, ahead in zip(told[1:], drawn, strict=False))
    assert after_its_end == 0


def words_of(story: Story) -> list[str]:
    return [word for word in re.findall(r"[a-z]+", story.text.lower()) if len(word) > 1]


def a_story_and_one_of_its_words(engine: Engine, sampling: SamplingParams) -> tuple[Story, str]:
    for seed in range(50):
        story = write(engine, replace(avoiding(sampling), seed=seed))
        words = words_of(story)
        if len(story.tokens) == 40 and len(words) > 2:
            return replace(story, tokens=[seed]), words[1]
    raise AssertionError("no story has words")


@pytest.mark.parametrize("sampling", [LIVELY, AIDED], ids=["plain", "aided"])
def test_every_split_of_a_story_that_had_to_avoid_a_word(
    engine: Engine, rule_out: Rule, sampling: SamplingParams
) -> None:
    rule_out("nothing")
    carefree, word = a_story_and_one_of_its_words(engine, sampling)
    [seed] = carefree.tokens
    rule_out(word)
    asked = replace(avoiding(sampling), seed=seed)
    whole = write(engine, asked)
    assert word not in words_of(whole)
    assert whole.text != carefree.text
    for split in range(len(whole.tokens)):
        rest = write(engine, replace(asked, generated=tuple(whole.tokens[:split])))
        assert (rest.tokens, rest.texts) == (whole.tokens[split:], whole.texts[split:])
        assert rest.finish_reason == whole.finish_reason


@pytest.mark.parametrize("sampling", [LIVELY, AIDED], ids=["plain", "aided"])
def test_every_split_of_a_story_that_no_stop_string_may_cut(
    engine: Engine, rule_out: Rule, sampling: SamplingParams
) -> None:
    rule_out("nothing")
    carefree, _ = a_story_and_one_of_its_words(engine, sampling)
    [seed] = carefree.tokens
    word = re.findall(r"[A-Za-z]{3,}", carefree.text)[0]
    asked = replace(
        avoiding(sampling.model_copy(update={"stop": [word[2:]]})),
        seed=seed,
    )
    careless = write(engine, asked)
    rule_out(re.findall(r"[a-z]+", careless.text.lower())[-1])
    whole = write(engine, asked)
    assert whole.text != careless.text
    for split in range(len(whole.tokens)):
        rest = write(engine, replace(asked, generated=tuple(whole.tokens[:split])))
        assert (rest.tokens, rest.texts) == (whole.tokens[split:], whole.texts[split:])
        assert rest.finish_reason == whole.finish_reason


def test_it_is_the_same_alone_and_among_others(engine: Engine, rule_out: Rule) -> None:
    rule_out("nothing")
    carefree, word = a_story_and_one_of_its_words(engine, LIVELY)
    [seed] = carefree.tokens
    rule_out(word)
    alone = write(engine, replace(avoiding(), seed=seed))
    stories: dict[str, Story] = {}
    engine.add_request(request("other", seed=3))
    collect_step(engine, stories)
    engine.add_request(replace(avoiding(), seed=seed))
    engine.add_request(request("third", seed=4))
    while engine.has_work:
        collect_step(engine, stories)
    assert stories["story"] == alone
    assert stories["other"] == write(engine, request("other", seed=3))
