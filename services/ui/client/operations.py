"""How the service is doing, and what is known of its models."""

from dataclasses import dataclass

from services.ui.client.transport import Transport, part
from shared.operations import QueueView, WorkerInfo, WorkerList

_OURS = {"X-Requested-By": "once-ui"}
"""The API takes no order to kill without it, since a form on a foreign page cannot send it."""


@dataclass(frozen=True, slots=True)
class OperationCalls:
    transport: Transport

    def queue(self, *, within: float | None = None) -> QueueView:
        """`within` is the patience with an API that says nothing, if not the usual one."""
        return self.transport.get(QueueView, "/v1/queue", within=within)

    def workers(self, *, within: float | None = None) -> list[WorkerInfo]:
        return self.transport.get(WorkerList, "/v1/workers", within=within).workers

    def kill_worker(self, worker_id: str) -> WorkerInfo:
        """End a worker as a crash does. Refused outside development mode."""
        path = f"/v1/workers/{part(worker_id)}/kill"
        return self.transport.send(WorkerInfo, "POST", path, headers=_OURS)

    def report(self, model: str) -> bytes:
        """The evaluation report that lies beside the model's weights, as JSON."""
        return self.transport.fetch(f"/v1/models/{part(model)}/report")
