"""Commands that come part by part: one round trip, and nobody waits for the last one to be made."""

from collections.abc import Iterator

import pytest

from shared.connections import connect
from shared.errors import StoreUnavailableError
from shared.joblog import Command, JobLog, Verdict, commands
from tests.processes import free_port, wait_until
from tests.unit.shared.joblog_acts import MODEL, claim, submit, token


def push(item: str) -> Command[int]:
    return Command(("RPUSH", "parts", item), int)


def pushed(joblog: JobLog) -> list[str]:
    return joblog.run(Command(("LRANGE", "parts", 0, -1), list))


def test_answers_are_in_the_order_of_all_parts(joblog: JobLog) -> None:
    parts = [[push("a"), push("b")], [], [push("c")]]
    assert joblog.run_in_parts(parts) == [1, 2, 3]
    assert pushed(joblog) == ["a", "b", "c"]
    assert joblog.run_in_parts([]) == []


def test_a_part_is_done_while_the_next_one_is_made(joblog: JobLog, redis_url: str) -> None:
    other = connect(redis_url)

    def parts() -> Iterator[list[Command[int]]]:
        yield [push("first")]
        wait_until(lambda: other.llen("parts") == 1, seconds=5, what="the first part done")
        yield [push("second")]

    assert joblog.run_in_parts(parts()) == [1, 2]
    other.close()


def test_scripts_that_redis_forgot_are_run_in_their_order(joblog: JobLog, redis_url: str) -> None:
    submit(joblog, "a")
    owner = claim(joblog)
    client = connect(redis_url)
    client.script_flush()
    client.close()
    appends = [commands.append("a", owner.epoch, token(n), model=MODEL) for n in (1, 2, 3)]
    assert joblog.run_in_parts([appends[:1], appends[1:]]) == [Verdict.OK] * 3


def test_one_that_fails_does_not_stop_the_others_and_leaves_nothing_behind(
    joblog: JobLog,
) -> None:
    """Answers that nobody read would be taken for those of the next who asks."""
    with pytest.raises(StoreUnavailableError):
        joblog.run_in_parts([[push("a")], [Command(("NO-SUCH-COMMAND",), int), push("b")]])
    assert pushed(joblog) == ["a", "b"]
    with pytest.raises(ZeroDivisionError):
        joblog.run_in_parts([push(str(1 // n))] for n in (1, 0))
    assert pushed(joblog)[:2] == ["a", "b"]


def test_absent_redis_is_one_clear_error() -> None:
    client = connect(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(StoreUnavailableError):
        JobLog(client).run_in_parts([[commands.ping()]])
