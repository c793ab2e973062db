"""What a demonstration makes of the events that it hears."""

from dataclasses import replace
from html import escape

import pytest

from services.ui.operating.account import account
from services.ui.operating.trial import Trial
from shared.events import DoneEvent, Event, ResumedEvent, StartedEvent, TokenEvent
from shared.jobs import Receipt, Usage
from shared.schemas import FinishReason

STORY = ["Once ", "upon ", "a ", "time ", "there ", "was"]
STARTED = StartedEvent(worker="w1", model="tiny", attempt=1)


def done(tokens: int) -> DoneEvent:
    receipt = Receipt(
        model="tiny",
        model_sha256="aa",
        tokenizer_sha256="bb",
        template_version="1",
        numeric_kind="cpu-fp32",
        code_version="0",
        seed=7,
        text_sha256="cc",
    )
    usage = Usage(prompt_tokens=5, completion_tokens=tokens)
    return DoneEvent(finish_reason=FinishReason.STOP, usage=usage, receipt=receipt)


def tokens(pieces: list[str], *, start: int = 0) -> list[Event]:
    return [
        TokenEvent(index=i, text=text, ids=[i])
        for i, text in enumerate(pieces[start:], start=start + 1)
    ]


def told_in_peace(pieces: list[str] = STORY) -> Trial:
    trial = Trial()
    for event in (STARTED, *tokens(pieces), done(len(pieces))):
        trial = trial.after_peaceful(event)
    return trial


def hear(trial: Trial, *events: Event, at: float = 0.0) -> Trial:
    for event in events:
        trial = trial.after_retold(event, at=at)
    return trial


def killed(pieces: list[str] = STORY) -> Trial:
    """Killed at the second token; the third was on its way and came at second 10."""
    trial = hear(told_in_peace(pieces), STARTED, *tokens(pieces[:2]))
    return hear(replace(trial, is_killed=True), *tokens(pieces[:3], start=2), at=10.0)


@pytest.mark.parametrize(("written", "wanted"), [(0, False), (1, False), (2, True), (3, True)])
def test_the_kill_is_wanted_at_a_third(written: int, wanted: bool) -> None:
    trial = hear(told_in_peace(), STARTED, *tokens(STORY[:written]))
    assert trial.wants_kill is wanted


def test_one_kill_is_enough() -> None:
    assert not killed().wants_kill


def test_hash_of_the_text_so_far_is_compared_with_as_much_of_the_first() -> None:
    trial = killed()
    retold, peaceful = trial.hashes
    assert retold == peaceful
    assert trial.is_same
    assert not trial.is_over
    assert "✓ The same so far." in account(trial, now=11)


def test_the_silence_is_told_as_it_grows() -> None:
    assert "killed at word 3; nobody has written for 1.5 s…" in account(killed(), now=11.5)


def test_a_story_may_end_before_the_worker_does() -> None:
    trial = hear(killed(), *tokens(STORY, start=3), done(6))
    assert "the story had ended before" in account(trial, now=20)


def test_pickup_tells_where_and_how_much_later() -> None:
    trial = hear(killed(), ResumedEvent(attempt=2), *tokens(STORY, start=3), at=12.9)
    shown = account(hear(trial, done(6), at=13.5), now=20)
    assert "<b>w1</b> was killed at word 3; picked up again 2.9 s later (attempt 2)." in shown
    assert 'Once upon a <span class="once-seam">killed here</span>time there was' in shown
    assert "✓ Identical, byte for byte." in shown


def test_a_different_text_is_called_different() -> None:
    trial = hear(killed(), ResumedEvent(attempt=2), TokenEvent(index=4, text="b", ids=[4]))
    assert not trial.is_same
    assert "✗ They differ." in account(trial, now=20)


def test_a_text_that_ends_early_is_different() -> None:
    trial = hear(killed(), ResumedEvent(attempt=2), done(3))
    assert not trial.is_same


def test_text_and_names_are_shown_as_they_are() -> None:
    hostile = ["<img src=x>", " **b** ", "![x](http://x.invalid/y.png)", "</div>"]
    trial = hear(killed(hostile), ResumedEvent(attempt=2), *tokens(hostile, start=3), done(4))
    shown = account(trial, now=20)
    assert escape("".join(hostile[:3])) in shown
    assert "<img" not in shown
