"""Whose turn it is among those that wait for a model, and how a slot changes hands.

The order itself is in `lua/parts/order.lua`.
"""

from collections.abc import Sequence

from shared.joblog import keys, parsing
from shared.joblog.answers import read
from shared.joblog.command import Command
from shared.joblog.commands import LEASE_MS
from shared.joblog.records import Claim, Standing
from shared.joblog.scripts import transition
from shared.schemas import Priority

Answer = Sequence[str] | None
"""What `claim_of` reads."""


def yield_slot(
    job_id: str,
    epoch: int,
    *,
    model: str,
    priority: Priority,
    worker: str,
    numeric_kind: str,
    quantum: int,
    lease_ms: int = LEASE_MS,
) -> Command[Answer]:
    """Put a running job back and take the one that is to have its slot.

    None, and the job runs on, if no other goes before it. Not read here: a damaged record of the
    other must not trouble whoever writes this one.
    """
    return transition(
        "yield",
        [keys.job(job_id), *_queues(model), keys.kinds(model)],
        [worker, model, lease_ms, numeric_kind, epoch, job_id, _place(priority), quantum],
        _identity,
    )


def claim_of(answer: Answer) -> Claim | None:
    """Of whoever has the slot now. Raises DamagedRecordError."""
    return read(parsing.claim, answer)


def standing(
    job_id: str, payer: str, *, model: str, priority: Priority, most_tokens: int
) -> Command[Standing | None]:
    """Where a job stands that waits; None once it no longer does."""
    return _stand(job_id, payer, model, priority, most_tokens, to_their_end=False)


def ends(model: str) -> Command[Standing | None]:
    """As somebody new stands if stories are written to their ends, whoever waits."""
    most = 1  # of a job that never comes
    return _stand("", "", model, Priority.INTERACTIVE, most, to_their_end=True)


def _stand(
    job_id: str, payer: str, model: str, priority: Priority, most_tokens: int, *, to_their_end: bool
) -> Command[Standing | None]:
    (other,) = (each for each in Priority if each is not priority)
    return transition(
        "stand",
        [
            keys.waiting(model, priority),
            keys.waiting(model, other),
            keys.run(model),
            keys.statistics(model),
            keys.quantum(model),
            keys.LEASES,
        ],
        [
            job_id,
            payer,
            most_tokens,
            int(priority is Priority.INTERACTIVE),
            model,
            int(to_their_end),
        ],
        _standing,
    )


def standing_of_next(
    payer: str, *, model: str, priority: Priority, most_tokens: int
) -> Command[Standing | None]:
    """Where one would stand that came now."""
    return standing("", payer, model=model, priority=priority, most_tokens=most_tokens)


def _queues(model: str) -> list[str]:
    queues = [keys.waiting(model, priority) for priority in Priority]
    return [*queues, keys.run(model), keys.statistics(model), keys.LEASES]


def _place(priority: Priority) -> int:
    return list(Priority).index(priority) + 1


def _identity(answer: Answer) -> Answer:
    return answer


def _standing(answer: Sequence[int] | None) -> Standing | None:
    if not answer:
        return None
    position, tokens, *left = answer
    return Standing(position, tokens, tuple(left))
