"""Histories of readers that break a rule each."""

from collections.abc import Callable

from tests.faults.records import (
    Delivery,
    Ending,
    History,
)
from tests.unit.faults.good_history import (
    DONE,
    sha256,
)

Break = Callable[[History], None]


def gap(history: History) -> None:
    del history.readings[0].deliveries[1]


def repeat(history: History) -> None:
    deliveries = history.readings[0].deliveries
    deliveries.insert(2, deliveries[1])


def swapped(history: History) -> None:
    deliveries = history.readings[0].deliveries
    deliveries[1], deliveries[2] = deliveries[2], deliveries[1]


def cut_short(history: History) -> None:
    del history.readings[0].deliveries[3]


def misread(history: History) -> None:
    history.readings[0].deliveries[3] = Delivery(5.0, 4, 1, " tide")


def told_two_endings(history: History) -> None:
    history.readings[0].endings.append(Ending(6.7, "cancelled"))


def told_another_ending_of_the_same_kind(history: History) -> None:
    history.readings[0].endings[1] = Ending(6.5, "done", '{"finish_reason": "length"}')


def told_a_token_after_the_ending(history: History) -> None:
    history.readings[0].afterwards.append("token 5")


def never_let_go(history: History) -> None:
    history.readings[0].let_go_at = None


def told_the_ending_again_and_again(history: History) -> None:
    history.readings[0].endings.append(Ending(6.8, "done", DONE, "once_ended=1"))


def told_no_ending(history: History) -> None:
    history.readings[0].endings = []


def told_the_wrong_ending(history: History) -> None:
    history.readings[0].endings = [Ending(6.0, "cancelled")]


def told_a_wrong_hash(history: History) -> None:
    history.readings[0].checkpoints[0] = (2, sha256("once a"))


def told_nonsense(history: History) -> None:
    history.readings[0].surprises.append("404 from /v1/jobs/a/events")


BAD: tuple[tuple[Break, str], ...] = (
    (gap, "readers_miss_and_repeat_nothing"),
    (repeat, "readers_miss_and_repeat_nothing"),
    (swapped, "readers_miss_and_repeat_nothing"),
    (cut_short, "readers_read_what_is_stored"),
    (misread, "readers_read_what_is_stored"),
    (told_two_endings, "readers_hear_one_ending"),
    (told_another_ending_of_the_same_kind, "readers_hear_one_ending"),
    (told_a_token_after_the_ending, "nothing_follows_an_ending"),
    (never_let_go, "readers_are_let_go"),
    (told_the_ending_again_and_again, "readers_are_let_go"),
    (told_no_ending, "readers_hear_one_ending"),
    (told_the_wrong_ending, "readers_hear_one_ending"),
    (told_a_wrong_hash, "checkpoints_prove_the_text"),
    (told_nonsense, "nobody_is_surprised"),
)
