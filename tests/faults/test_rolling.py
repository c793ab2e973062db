"""A release under load: every worker and every API is restarted, and no story knows of it."""

from pathlib import Path

import pytest

from tests.faults.cluster import running_cluster
from tests.faults.history import violations
from tests.faults.recovery import percentile
from tests.faults.rolling import latency, rolled
from tests.faults.stories import build_model, undisturbed

pytestmark = pytest.mark.alone
JOBS = 8
PAUSE_SECONDS = 5.0


@pytest.mark.timeout(240)
async def test_rolling_restart_fails_no_story(tmp_path: Path) -> None:
    async with running_cluster(tmp_path, build_model(tmp_path / "endless")) as cluster:
        calm = await undisturbed(cluster)
        history = await rolled(cluster, calm, jobs=JOBS)
        members = [*cluster.workers, *cluster.apis]
        assert all(member.runs == 2 and member.lives for member in members)
    assert violations(history) == []
    attempts = [job.live.attempts for job in history.jobs.values() if job.live]
    assert max(attempts) > 1, "no story was taken from its worker"
    assert percentile(latency(history).pauses, 100) <= PAUSE_SECONDS
