"""How the service is doing, and what is known of its models."""

from shared.client.calls import Call, fetching, part, reading, sending
from shared.client.faces import Awaiting, Waiting, call
from shared.operations import QueueView, WorkerInfo, WorkerList

_OURS = {"X-Requested-By": "once-client"}
"""The API takes no order to kill without it, since a form on a foreign page cannot send it."""


class OperationCalls:
    """Every one of them raises ApiError."""

    @call
    def queue(self, *, within: float | None = None) -> Call[QueueView]:
        """`within` is the patience with an API that says nothing, if not the usual one."""
        return reading(QueueView, "/v1/queue", within=within)

    @call
    def workers(self, *, within: float | None = None) -> Call[WorkerList]:
        return reading(WorkerList, "/v1/workers", within=within)

    @call
    def kill_worker(self, worker_id: str) -> Call[WorkerInfo]:
        """End a worker as a crash does. Refused outside development mode."""
        path = f"/v1/workers/{part(worker_id)}/kill"
        return sending(WorkerInfo, "POST", path, headers=_OURS)

    @call
    def report(self, model: str) -> Call[bytes]:
        """The evaluation report that lies beside the model's weights, as JSON."""
        return fetching(f"/v1/models/{part(model)}/report")


class Operations(OperationCalls, Waiting):
    pass


class AsyncOperations(OperationCalls, Awaiting):
    pass
