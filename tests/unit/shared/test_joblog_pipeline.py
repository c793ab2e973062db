"""Commands that are sent now and answered later."""

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


def test_answers_come_in_the_order_in_which_all_was_sent(joblog: JobLog) -> None:
    pipeline = joblog.pipeline()
    for part in ([push("a"), push("b")], [], [push("c")]):
        pipeline.send(part)
    assert pipeline.answers(1) == [1]
    pipeline.send([push("d")])
    assert pipeline.answers(3) == [2, 3, 4]
    assert pipeline.answers(0) == []
    assert pushed(joblog) == ["a", "b", "c", "d"]


def test_it_is_done_before_anybody_asks(joblog: JobLog, redis_url: str) -> None:
    other, pipeline = connect(redis_url), joblog.pipeline()
    pipeline.send([push("first")])
    wait_until(lambda: other.llen("parts") == 1, seconds=5, what="it is done")
    assert pipeline.answers(1) == [1]
    other.close()


def test_scripts_that_redis_forgot_are_told_apart_from_what_was_done(
    joblog: JobLog, redis_url: str
) -> None:
    """Whoever sends them again in their order finds nothing of them done."""
    submit(joblog, "a")
    owner = claim(joblog)
    client = connect(redis_url)
    client.script_flush()
    client.close()
    appends = [commands.append("a", owner.epoch, token(n), model=MODEL) for n in (1, 2, 3)]
    pipeline = joblog.pipeline()
    pipeline.send(appends[:2])
    pipeline.send(appends[2:])
    with pytest.raises(StoreUnavailableError):
        pipeline.answers(2)
    assert joblog.run_all(appends) == [Verdict.OK] * 3


def test_one_that_fails_does_not_stop_the_others_and_leaves_nothing_behind(
    joblog: JobLog,
) -> None:
    """Answers that nobody read would be taken for those of the next who asks."""
    pipeline = joblog.pipeline()
    pipeline.send([push("a"), Command(("NO-SUCH-COMMAND",), int), push("b")])
    pipeline.send([push("c")])
    with pytest.raises(StoreUnavailableError):
        pipeline.answers(3)
    wait_until(lambda: pushed(joblog) == ["a", "b", "c"], seconds=5, what="all is done")
    pipeline.send([push("d")])
    assert pipeline.answers(1) == [4]


def test_absent_redis_is_one_clear_error() -> None:
    client = connect(f"redis://127.0.0.1:{free_port()}/0")
    with pytest.raises(StoreUnavailableError):
        JobLog(client).pipeline().send([commands.ping()])
