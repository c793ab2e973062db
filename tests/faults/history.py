"""The rules that no fault may break, as pure functions over a recorded history."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.faults import caller_rules, job_rules, reader_rules
from tests.faults.records import History


@dataclass(frozen=True, slots=True)
class Violation:
    seed: int
    rule: str
    detail: str


def violations(history: History) -> list[Violation]:
    return [
        Violation(history.seed, rule.__name__, detail) for rule in RULES for detail in rule(history)
    ]


RULES: tuple[Callable[[History], Iterator[str]], ...] = (
    job_rules.something_was_asked,
    job_rules.every_job_ends_once,
    job_rules.library_keeps_what_ended,
    job_rules.stored_text_is_the_undisturbed,
    job_rules.one_owner_per_epoch,
    job_rules.attempts_have_a_reason,
    job_rules.nothing_is_left_over,
    caller_rules.cancels_hold,
    caller_rules.deadlines_hold,
    caller_rules.same_key_is_same_job,
    caller_rules.completions_say_what_was_written,
    caller_rules.no_key_has_too_many_jobs,
    reader_rules.readers_miss_and_repeat_nothing,
    reader_rules.readers_read_what_is_stored,
    reader_rules.readers_hear_one_ending,
    reader_rules.nothing_follows_an_ending,
    reader_rules.readers_are_let_go,
    reader_rules.checkpoints_prove_the_text,
    reader_rules.nobody_is_surprised,
)
