"""The promise, attacked for some seconds with one fault of most kinds: `make chaos` in short."""

from pathlib import Path

import pytest

from tests.faults.attack import attack
from tests.faults.cluster import running_cluster
from tests.faults.history import violations
from tests.faults.nemesis import Planned
from tests.faults.records import History
from tests.faults.recovery import felt
from tests.faults.report import verdict
from tests.faults.resources import Curve, held
from tests.faults.stories import build_model, undisturbed

pytestmark = pytest.mark.alone
SEED = 6
JOBS = 16
SECONDS = 9.0
RECOVERED_SECONDS = 5.0
PLAN = [
    Planned(0.0, "kill -9 worker", 0.0, 1),
    Planned(1.5, "stalled readers", 4.0, 1),
    Planned(3.0, "kill -9 API", 0.0, 2),
    Planned(4.0, "half-open link", 1.5, 1),
    Planned(4.5, "kill Redis' clients", 0.0, 3),
    Planned(5.0, "black-holed readers", 1.5, 1),
    Planned(5.0, "pause worker past its lease", 2.5, 2),
    Planned(6.0, "full disk under library", 1.0, 2),
    Planned(6.0, "full disk under Redis", 1.0, 2),
    Planned(6.5, "black hole", 1.5, 2),
    Planned(7.5, "kill -9 Redis", 0.3, 2),
    Planned(8.5, "cut readers", 0.5, 2),
    Planned(8.5, "drain worker", 0.0, 3),
]


@pytest.mark.timeout(240)
async def test_every_reader_gets_every_token_once_whatever_breaks(tmp_path: Path) -> None:
    async with running_cluster(tmp_path, build_model(tmp_path / "endless")) as cluster:
        history, curve = History(SEED, await undisturbed(cluster)), Curve()
        curve.add(held(cluster))
        await attack(cluster, PLAN, history, curve, jobs=JOBS, seconds=SECONDS)
    found = violations(history)
    assert not found, verdict(found, {SEED: PLAN})
    cuts = sum(reading.connections - 1 for reading in history.readings)
    assert cuts > 2 * JOBS, "hardly anybody was cut off"
    attempts = [job.live.attempts for job in history.jobs.values() if job.live]
    assert max(attempts) > 1, "no story was taken from its worker"
    killed = felt(history)[0]
    assert killed.seconds is not None, "the kill hit nobody"
    assert killed.seconds <= RECOVERED_SECONDS
