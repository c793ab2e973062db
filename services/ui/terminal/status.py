"""`once status`: how the service is doing, or how one story stands."""

from typing import Annotated

import typer

from services.ui import wording
from services.ui.story import Story
from services.ui.terminal.output import Output
from services.ui.terminal.session import ApiUrl, Json, session
from shared.jobs import JobView
from shared.operations import QueueView


def status(
    job: Annotated[
        str | None, typer.Argument(metavar="JOB", help="Without one: queue and workers.")
    ] = None,
    *,
    as_json: Json = False,
    api_url: ApiUrl = None,
) -> None:
    """Tell how the service or one story stands."""
    with session(api_url, as_json) as here:
        if job is None:
            queue = here.client.operations.queue()
            shown, facts = queue.model_dump(mode="json"), _of_service(queue)
        else:
            view = here.client.jobs.read(job)
            shown, facts = view.model_dump(mode="json"), _of_story(view)
        if as_json:
            here.output.json(shown)
        else:
            here.output.facts(facts)
            if job is None:
                _workers(here.output, queue)


def _of_service(queue: QueueView) -> dict[str, str]:
    first = queue.first_token_seconds
    return {
        "model": queue.model,
        "waiting": f"{queue.depth.interactive} interactive, {queue.depth.batch} batch",
        "running": f"{queue.running} of {queue.slots}",
        "a new story": _place_of_next(queue),
        "first token": f"{first.p50:.1f} s, seldom over {first.p95:.1f} s" if first else "-",
    }


def _place_of_next(queue: QueueView) -> str:
    if not queue.workers:
        return "is refused: no live worker serves this model"
    return wording.place_in_queue(queue.position, queue.eta_seconds)


def _workers(output: Output, queue: QueueView) -> None:
    columns = ("worker", "model", "kind", "running", "tokens/s")
    rows = [
        (
            worker.id,
            worker.model,
            worker.numeric_kind,
            f"{worker.running} of {worker.slots}",
            f"{worker.tokens_per_second:.0f}",
        )
        for worker in queue.workers
    ]
    if not output.is_terminal:  # There, no table has headings; here they part it from the facts.
        output.write("\t".join(columns) + "\n")
    output.table(columns, rows)


def _of_story(job: JobView) -> dict[str, str]:
    facts = {
        "job": job.id,
        "status": job.status.value,
        "seed": job.request.story_seed or job.request.raw_prompt or "",
        "model": job.model,
        "told": wording.summary(Story.ended(job)),
        "attempts": str(job.attempts),
    }
    if not job.served:
        facts["place"] = wording.UNSERVED
    elif job.position is not None:
        facts["place"] = wording.place_in_queue(job.position, job.eta_seconds)
    if job.error is not None:
        facts["error"] = job.error.detail
    if job.receipt is not None:
        facts["text sha256"] = job.receipt.text_sha256
    return facts
