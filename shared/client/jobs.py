"""Jobs: ask for a story, read it, follow it, stop it. How that survives is in `following.py`."""

from shared.client.calls import Call, ending, making, part, reading, sending
from shared.client.faces import Awaiting, Waiting, call
from shared.client.watch import AsyncWatch, Watch
from shared.jobs import LONGEST_WAIT_SECONDS, JobPage, JobView, Verification
from shared.quotes import Quote
from shared.schemas import GenerateRequest


class JobCalls:
    """Every one of them raises ApiError."""

    @call
    def create(
        self, request: GenerateRequest, *, idempotency_key: str | None = None
    ) -> Call[JobView]:
        """Accepted and queued. One job, however often the request has to be sent."""
        return making(JobView, "/v1/jobs", body=request, idempotency_key=idempotency_key)

    @call
    def quote(self, request: GenerateRequest) -> Call[Quote]:
        """What `create` would do, without doing it."""
        params = {"dry_run": True}
        return sending(Quote, "POST", "/v1/jobs", body=request, params=params, is_repeatable=True)

    @call
    def read(self, job_id: str, *, wait: float = 0, within: float | None = None) -> Call[JobView]:
        """The job as it is; with `wait`, as soon as it has ended or after that many seconds.

        `within` is the patience, in seconds, with an API that says nothing, if not the usual one.
        """
        params = {"wait": wait} if wait else None
        return reading(JobView, _path(job_id), params, within=within, wait=wait)

    @call
    def page(
        self, *, limit: int = 20, cursor: str | None = None, within: float | None = None
    ) -> Call[JobPage]:
        """The caller's jobs, newest first, 100 at most; `next_cursor` opens the next page."""
        return reading(JobPage, "/v1/jobs", {"limit": limit, "cursor": cursor}, within=within)

    @call
    def cancel(self, job_id: str) -> Call[JobView | None]:
        """Ask for the end of a story; without effect on one that has ended.

        None to a key that may write, and not read.
        """
        return ending(JobView, _path(job_id))

    @call
    def verify(self, job_id: str) -> Call[Verification]:
        """Have an ended story told again from its receipt, and compared token by token."""
        path = f"{_path(job_id)}/verify"
        return sending(Verification, "POST", path, wait=LONGEST_WAIT_SECONDS)


class Jobs(JobCalls, Waiting):
    def watch(self, job_id: str, *, after: int = 0) -> Watch:
        """The story's events from token `after` to its end, whatever happens to the connection."""
        return Watch(
            self.transport,
            f"{_path(job_id)}/events",
            after=after,
            read_job=lambda: self.read(job_id),
        )


class AsyncJobs(JobCalls, Awaiting):
    def watch(self, job_id: str, *, after: int = 0) -> AsyncWatch:
        """The story's events from token `after` to its end, whatever happens to the connection."""
        return AsyncWatch(
            self.transport,
            f"{_path(job_id)}/events",
            after=after,
            read_job=lambda: self.read(job_id),
        )


def _path(job_id: str) -> str:
    return f"/v1/jobs/{part(job_id)}"
