"""Jobs: ask for a story, read it, follow it, stop it. How a stream survives is in `watch.py`."""

from dataclasses import dataclass

from services.ui.client.transport import Transport, part
from services.ui.watch import Watch
from shared.jobs import JobView
from shared.quotes import Quote
from shared.schemas import GenerateRequest


@dataclass(frozen=True, slots=True)
class JobCalls:
    transport: Transport

    def create(self, request: GenerateRequest) -> JobView:
        return self.transport.make(JobView, "/v1/jobs", body=request)

    def quote(self, request: GenerateRequest) -> Quote:
        """What `create` would do, without doing it."""
        return self.transport.send(
            Quote, "POST", "/v1/jobs", body=request, params={"dry_run": True}
        )

    def read(self, job_id: str, *, wait: float = 0, within: float | None = None) -> JobView:
        """The job as it is; with `wait`, as soon as it has ended or after that many seconds.

        `within` is the patience with an API that says nothing, if not the usual one.
        """
        patience = (within or self.transport.settings.request_timeout_seconds) + wait
        params = {"wait": wait} if wait else None
        return self.transport.get(JobView, _path(job_id), params, within=patience)

    def cancel(self, job_id: str) -> None:
        """Ask for the end of a story; without effect on one that has ended."""
        self.transport.send(JobView, "DELETE", _path(job_id))

    def watch(self, job_id: str, *, after: int = 0) -> Watch:
        """The story's events from token `after` to its end, whatever happens to the connection."""
        return Watch(
            self.transport.http,
            f"{_path(job_id)}/events",
            after=after,
            settings=self.transport.settings,
            read_job=lambda: self.read(job_id),
        )


def _path(job_id: str) -> str:
    return f"/v1/jobs/{part(job_id)}"
