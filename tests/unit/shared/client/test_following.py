"""The rules of a stream, without one: what is taken, what is asked next, when it is enough."""

import hashlib
import struct
from collections.abc import Mapping

import httpx2
import pytest

from shared.client import ApiError, BrokenStoryError, ClientCode, ClientSettings, UnavailableError
from shared.client.errors import error_of
from shared.client.following import MAX_FRUITLESS_GAPS, Following
from shared.errors import ErrorCode
from shared.events import (
    CancelledEvent,
    CheckpointEvent,
    DoneEvent,
    ErrorEvent,
    Event,
    QueuedEvent,
    ResumedEvent,
    StartedEvent,
    TokenEvent,
)
from shared.jobs import Receipt, Usage
from shared.schemas import FinishReason
from tests.fake_job import FakeJob
from tests.unit.shared.client.jobs import fake_job

TEXTS = ["Once ", "upon ", "a ", "time"]
TOKENS = [TokenEvent(index=i, text=text, ids=[100 + i]) for i, text in enumerate(TEXTS, start=1)]


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def following(clock: Clock) -> Following:
    return Following(ClientSettings(stream_give_up_seconds=90), clock=clock)


def message(event: Event) -> httpx2.ServerSentEvent:
    return httpx2.ServerSentEvent(event.type, event.model_dump_json(exclude={"type"}))


def take(following: Following, *events: Event) -> list[Event]:
    """Those that are new."""
    taken = [following.take(message(event)) for event in events]
    return [event for event in taken if event is not None]


def checkpoint(count: int) -> CheckpointEvent:
    return CheckpointEvent(index=count, sha256=sha256("".join(TEXTS[:count])))


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def done(count: int = len(TEXTS), receipt: Mapping[str, str] | None = None) -> DoneEvent:
    ids = struct.pack(f"<{count}I", *(token.ids[0] for token in TOKENS[:count]))
    values = {
        "model": "m",
        "model_sha256": "aa",
        "tokenizer_sha256": "bb",
        "template_version": "1",
        "numeric_kind": "cpu",
        "code_version": "0",
        "seed": 7,
        "text_sha256": sha256("".join(TEXTS[:count])),
        "tokens_sha256": hashlib.sha256(ids).hexdigest(),
        **(receipt or {}),
    }
    return DoneEvent(
        finish_reason=FinishReason.STOP,
        usage=Usage(prompt_tokens=5, completion_tokens=count),
        receipt=Receipt.model_validate(values),
    )


def dropped() -> ApiError:
    return error_of(ClientCode.DROPPED, "Cut off.")


def test_tokens_come_once_and_the_next_request_names_the_last_one(following: Following) -> None:
    assert "Last-Event-ID" not in following.headers()
    assert take(following, *TOKENS[:2], *TOKENS[:3]) == TOKENS[:3]
    assert following.headers()["Last-Event-ID"] == "3"


def test_a_gap_is_refused_and_the_reader_stays_where_it_was(following: Following) -> None:
    take(following, TOKENS[0])
    for early in (TOKENS[2], checkpoint(3), done()):
        with pytest.raises(BrokenStoryError) as caught:
            take(following, early)
        assert (caught.value.code, caught.value.is_transient) == (ClientCode.GAP, True)
        assert following.cursor == 1
        assert not following.has_ended


def test_a_token_of_several_ids_must_fit_as_a_whole(following: Following) -> None:
    assert take(following, TokenEvent(index=2, text="Once upon", ids=[1, 2]))
    with pytest.raises(BrokenStoryError):
        take(following, TokenEvent(index=5, text=" a time", ids=[3, 4]))
    assert following.cursor == 2


def test_every_checkpoint_is_held_against_the_text(following: Following) -> None:
    assert take(following, *TOKENS[:2], checkpoint(2), checkpoint(2)) == [
        *TOKENS[:2],
        checkpoint(2),
    ]
    take(following, TOKENS[2])
    with pytest.raises(BrokenStoryError, match="text received up to token 3") as caught:
        take(following, CheckpointEvent(index=3, sha256=sha256("Once upon the ")))
    assert not caught.value.is_transient


def test_an_older_checkpoint_says_nothing_new(following: Following) -> None:
    assert take(following, *TOKENS[:3], CheckpointEvent(index=2, sha256="0" * 64)) == TOKENS[:3]


@pytest.mark.parametrize(
    ("forged", "named"), [("text_sha256", "The text"), ("tokens_sha256", "The tokens")]
)
def test_the_receipt_proves_text_and_tokens(following: Following, forged: str, named: str) -> None:
    take(following, *TOKENS)
    with pytest.raises(BrokenStoryError, match=named):
        take(following, done(receipt={forged: "0" * 64}))
    assert not following.has_ended
    assert take(following, done()) == [done()]


@pytest.mark.parametrize(
    "ending", [done(2), CancelledEvent(), ErrorEvent(code=ErrorCode.EXPIRED, detail="Too late.")]
)
def test_every_ending_ends_it(following: Following, ending: Event) -> None:
    assert take(following, *TOKENS[:2], ending)[-1] == ending
    assert following.has_ended


def test_what_a_new_connection_tells_again_is_not_told_again(following: Following) -> None:
    waits, runs = QueuedEvent(position=2), StartedEvent(worker="w", model="m", attempt=1)
    again = ResumedEvent(attempt=2)
    assert take(following, waits, waits, runs, runs, again, again) == [waits, runs, again]
    assert take(following, StartedEvent(worker="v", model="m", attempt=2)) == []


def test_nothing_to_add_ends_with_what_the_job_says(following: Following) -> None:
    job: FakeJob = fake_job(TEXTS)
    take(following, *TOKENS[:3])
    with pytest.raises(BrokenStoryError, match="between 3 and 4"):
        following.end_with(job.view())
    take(following, TOKENS[3])
    forged = job.view().model_copy(
        update={"receipt": job.receipt.model_copy(update={"text_sha256": "0" * 64})}
    )
    with pytest.raises(BrokenStoryError):
        following.end_with(forged)
    assert not following.has_ended
    assert following.end_with(job.view()) == job.done()
    assert following.has_ended


def test_nothing_to_add_to_a_story_that_goes_on_is_a_broken_connection(
    following: Following,
) -> None:
    job = fake_job(TEXTS)
    job.written = 2
    take(following, *TOKENS[:2])
    with pytest.raises(UnavailableError) as caught:
        following.end_with(job.view())
    assert caught.value.is_transient


def test_pauses_grow_while_nothing_comes_and_begin_anew_with_a_token(following: Following) -> None:
    following.headers()
    pauses = [following.pause_after(dropped()) for _ in range(5)]
    assert all(after > before for before, after in zip(pauses, pauses[2:], strict=False))
    assert following.trouble is not None
    take(following, TOKENS[0])
    assert following.trouble is None
    assert following.pause_after(dropped()) <= 0.1


def test_retry_after_is_the_shortest_pause(following: Following) -> None:
    busy = error_of(ErrorCode.STREAMS_FULL, "Full.", status=503, retry_after=7)
    assert following.pause_after(busy) == 7


def test_a_refusal_is_not_tried_again(following: Following) -> None:
    refused = error_of(ErrorCode.KEY_INVALID, "No.", status=401)
    with pytest.raises(ApiError) as caught:
        following.pause_after(refused)
    assert caught.value is refused


def test_silence_is_borne_for_so_long(following: Following, clock: Clock) -> None:
    clock.now += 60
    following.pause_after(dropped())
    following.hear(first=True)  # a greeting is no life
    clock.now += 31
    with pytest.raises(UnavailableError) as caught:
        following.pause_after(dropped())
    assert caught.value.code == ClientCode.STALLED


@pytest.mark.parametrize("life", ["ping", "token"])
def test_life_ends_the_silence(following: Following, clock: Clock, life: str) -> None:
    clock.now += 60
    following.hear(first=False) if life == "ping" else take(following, TOKENS[0])
    clock.now += 60
    following.pause_after(dropped())


def test_a_reader_that_takes_its_time_is_not_silence(following: Following, clock: Clock) -> None:
    take(following, TOKENS[0])
    with following.away():
        clock.now += 600
    clock.now += 60
    following.pause_after(dropped())
    clock.now += 31
    with pytest.raises(UnavailableError):
        following.pause_after(dropped())


def test_a_gap_that_stays_is_given_up(following: Following) -> None:
    gap = error_of(ClientCode.GAP, "Tokens are missing.")
    for _ in range(MAX_FRUITLESS_GAPS):
        following.headers()
        following.pause_after(gap)
    with pytest.raises(BrokenStoryError):
        following.pause_after(gap)


def test_from_the_middle_nothing_can_be_held_against_the_text(clock: Clock) -> None:
    following = Following(ClientSettings(), after=2, clock=clock)
    assert following.headers()["Last-Event-ID"] == "2"
    unknowable = CheckpointEvent(index=3, sha256="0" * 64)
    assert take(following, *TOKENS[:3], unknowable) == [TOKENS[2], unknowable]
