"""How the service is doing: readiness, queue and workers. Knows no HTTP."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from services.api.calibration import calibration
from services.api.places import place_of_next, workers_of
from shared.completions import ModelCard, ModelList, ModelNotFoundError
from shared.errors import (
    ModelUnavailableError,
    NoReportError,
    NotInDevelopmentError,
    UnknownWorkerError,
)
from shared.joblog import AsyncJobLog, commands, documents, kills, measures
from shared.joblog.documents import Document
from shared.operations import Delay, Depth, QueueView, WorkerInfo, WorkerList
from shared.sampling import MAX_NEW_TOKENS
from shared.schemas import Priority


@dataclass(frozen=True, slots=True)
class Operations:
    joblog: AsyncJobLog
    model: str
    development: bool

    async def check_ready(self) -> None:
        """Raises the error that says what is missing."""
        await self.joblog.run(commands.ping())
        if not await workers_of(self.joblog, self.model):
            raise ModelUnavailableError(f"No live worker serves the model {self.model!r}.")

    async def workers(self) -> WorkerList:
        return WorkerList(workers=await self.joblog.run(commands.workers()))

    async def queue(self) -> QueueView:
        backlog = await self.joblog.run(measures.backlog(self.model))
        workers = await workers_of(self.joblog, self.model)
        next_one = await place_of_next(
            self.joblog, self.model, Priority.INTERACTIVE, payer="", most_tokens=MAX_NEW_TOKENS
        )
        estimates = await self.joblog.run(measures.estimates(self.model))
        first_tokens = await self.joblog.run(measures.first_tokens(self.model))
        return QueueView(
            model=self.model,
            depth=Depth(
                interactive=backlog.depth[Priority.INTERACTIVE], batch=backlog.depth[Priority.BATCH]
            ),
            oldest_age_seconds=backlog.oldest_age_seconds,
            running=backlog.running,
            slots=sum(worker.slots for worker in workers),
            workers=workers,
            position=next_one.position,
            eta_seconds=next_one.eta,
            calibration=calibration(estimates),
            first_token_seconds=delay(first_tokens),
            can_kill=self.development,
        )

    async def kill(self, worker_id: str) -> WorkerInfo:
        """Have a worker die with its next heartbeat, as in a crash; answers its registration.

        Raises NotInDevelopmentError or UnknownWorkerError.
        """
        if not self.development:
            raise NotInDevelopmentError("The service does not run with DEVELOPMENT=true.")
        for worker in await self.joblog.run(commands.workers()):
            if worker.id == worker_id:
                await self.joblog.run(kills.order(worker_id))
                return worker
        raise UnknownWorkerError("No live worker has this id.")

    async def report(self, model: str) -> str:
        """The evaluation report of the weights that serve the model, as JSON.

        Raises ModelUnavailableError or NoReportError.
        """
        workers = await workers_of(self.joblog, model)
        if not workers:
            raise ModelUnavailableError(f"No live worker serves the model {model!r}.")
        for weights in dict.fromkeys(worker.model_sha256 for worker in workers):
            found = await self.joblog.run(documents.read(weights, Document.REPORT))
            if found is not None:
                return found
        raise NoReportError(f"No worker of {model!r} has published a report.")

    async def models(self) -> ModelList:
        """Those that live workers serve; a worker of the smallest context may be the one."""
        contexts: dict[str, list[int]] = {}
        for worker in await self.joblog.run(commands.workers()):
            contexts.setdefault(worker.model, []).append(worker.context_length)
        return ModelList(
            data=[
                ModelCard(id=name, context_length=min(contexts[name])) for name in sorted(contexts)
            ]
        )

    async def model_card(self, name: str) -> ModelCard:
        """Raises ModelNotFoundError."""
        for card in (await self.models()).data:
            if card.id == name:
                return card
        raise ModelNotFoundError(f"No live worker serves the model {name!r}.")


def delay(seconds: Sequence[float]) -> Delay | None:
    """The smallest of these that half, and all but a twentieth, do not exceed; None for none."""
    if not seconds:
        return None
    ordered, count = sorted(seconds), len(seconds)
    p50, p95 = (ordered[math.ceil(count * percent / 100) - 1] for percent in (50, 95))
    return Delay(p50=round(p50, 3), p95=round(p95, 3), stories=count)
