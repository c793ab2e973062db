"""The state of the queues, looked up when Prometheus asks. Knows no HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.errors import StoreUnavailableError
from shared.joblog import AsyncJobLog, Backlog, commands, measures
from shared.metrics import QueueMetrics
from shared.operations import WorkerInfo


@dataclass(slots=True)
class QueueGauges:
    joblog: AsyncJobLog
    metrics: QueueMetrics
    default_model: str
    _models: set[str] = field(default_factory=set)
    """Once seen, a model is told of: its jobs may wait on when its workers are gone."""

    async def refresh(self) -> None:
        """While Redis is away there is nothing to tell, and nothing old is told."""
        try:
            workers = await self.joblog.run(commands.workers())
            self._models |= {self.default_model, *(worker.model for worker in workers)}
            models = sorted(self._models)
            backlogs = await self.joblog.run_all([measures.backlog(model) for model in models])
        except StoreUnavailableError:
            self.metrics.store_up.set(0)
            for gauge in self.metrics.by_model:
                gauge.clear()
            return
        self.metrics.store_up.set(1)
        for model, backlog in zip(models, backlogs, strict=True):
            self._tell(model, backlog, [worker for worker in workers if worker.model == model])

    def _tell(self, model: str, backlog: Backlog, workers: Sequence[WorkerInfo]) -> None:
        metrics = self.metrics
        for priority, depth in backlog.depth.items():
            metrics.depth.labels(model, priority).set(depth)
        metrics.oldest_age.labels(model).set(backlog.oldest_age_seconds or 0)
        metrics.running.labels(model).set(backlog.running)
        metrics.outstanding_tokens.labels(model).set(backlog.outstanding_tokens)
        metrics.workers.labels(model).set(len(workers))
        metrics.worker_slots.labels(model).set(sum(worker.slots for worker in workers))
        rate = sum(worker.tokens_per_second for worker in workers)
        metrics.worker_rate.labels(model).set(rate)
