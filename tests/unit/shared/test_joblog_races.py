"""Many workers at one job log: they share nothing and leave no gap."""

import threading

from shared.connections import connect
from shared.joblog import JobLog, Verdict, commands
from tests.unit.shared.joblog_acts import (
    LOST,
    MODEL,
    append,
    submit,
)


def test_two_claimants_never_share_a_job(redis_url: str) -> None:
    setup = JobLog(connect(redis_url))
    for number in range(60):
        submit(setup, f"job-{number}")
    taken: dict[str, list[str]] = {"w1": [], "w2": []}
    start = threading.Barrier(2)

    def take_all(worker: str) -> None:
        mine = JobLog(connect(redis_url))
        start.wait(5)
        while claimed := mine.run(commands.claim(MODEL, worker, numeric_kind="cpu")):
            taken[worker].append(claimed.job_id)

    threads = [threading.Thread(target=take_all, args=(worker,)) for worker in taken]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(taken["w1"] + taken["w2"]) == sorted(f"job-{n}" for n in range(60))


def test_reap_racing_append_leaves_a_gapless_log_under_one_owner_at_a_time(redis_url: str) -> None:
    """Three workers fight over one job whose lease is always about to expire, until one lost it."""
    setup = JobLog(connect(redis_url))
    submit(setup, "a")
    least = 120
    stop = threading.Event()
    written: list[tuple[int, int]] = []

    def epochs() -> set[int]:
        return {epoch for epoch, _ in list(written)}

    def fight(worker: str) -> None:
        mine = JobLog(connect(redis_url))
        while not stop.is_set():
            mine.run(commands.reap(LOST, max_lost_owners=1_000_000))
            owner = mine.run(commands.claim(MODEL, worker, numeric_kind="cpu", lease_ms=1))
            if owner is None:
                continue
            index = len(mine.run(commands.read_log("a"))) + 1
            while not stop.is_set() and append(mine, owner, index) is Verdict.OK:
                written.append((owner.epoch, index))
                index += 1
                if index > least and len(epochs()) > 1:
                    stop.set()

    threads = [threading.Thread(target=fight, args=(f"w{n}",)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    stop.set()
    log = setup.run(commands.read_log("a"))
    assert [entry.token.index for entry in log] == list(range(1, len(log) + 1))
    assert sorted(index for _, index in written) == list(range(1, len(log) + 1))
    assert len(epochs()) > 1, "the race never happened"
    by_index = [epoch for epoch, _ in sorted(written, key=lambda pair: pair[1])]
    assert by_index == sorted(by_index), "an old epoch wrote behind a newer one"
