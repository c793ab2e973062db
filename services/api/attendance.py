"""Ends the jobs that are to end once nobody follows them.

Every API says again and again which jobs have a follower with it. A job lives on through the death
of the API that its follower read from, since the follower has the time of the grace to come back;
and an outage of Redis, in which nobody can be noted, ends none.
"""

from dataclasses import dataclass, field

import anyio
import structlog

from services.api.hub import Hub
from services.api.jobs import Jobs
from services.api.rounds import repeat
from shared.errors import DamagedRecordError
from shared.joblog import followers

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Attendance:
    """The loop. Any number may run: each knows its own followers, and to cancel twice is to cancel
    once.
    """

    jobs: Jobs
    hub: Hub
    _closing: anyio.Event = field(default_factory=anyio.Event)

    async def run(self) -> None:
        await repeat(self._round, self._closing)

    def close(self) -> None:
        """End `run` after the job that it is at."""
        self._closing.set()

    async def _round(self) -> float:
        for job_id in await self.jobs.joblog.run(followers.attend(self.hub.followed())):
            if self._closing.is_set():
                break
            try:
                await self.jobs.abandon(job_id)
            except DamagedRecordError:
                _log.error("damaged job not cancelled", job_id=job_id)
            else:
                _log.info("cancelled, since nobody followed it", job_id=job_id)
        return followers.ROUND_SECONDS
