"""What a fault excuses, by what was recorded of it. Pure."""

from tests.faults.records import AcceptedJob, History, Occurrence

FORGETS = "flush Redis"
AFTERMATH_SECONDS = 15.0
"""So long after a fault its broken connections and lapsed leases may still cost an attempt."""


def is_forgotten(history: History, job: AcceptedJob) -> bool:
    """Whether Redis may have lost it before it was kept."""
    return any(each.fault == FORGETS and _meets(each, job) for each in history.occurrences)


def _meets(fault: Occurrence, job: AcceptedJob) -> bool:
    """Whether the fault, or what it left behind, can have touched the job."""
    return job.ended_at is None or fault.began <= job.ended_at


def can_cost_attempt(fault: Occurrence, job: AcceptedJob) -> bool:
    is_over = fault.ended is not None and fault.ended + AFTERMATH_SECONDS < job.accepted_at
    return fault.touches_writing and not is_over and _meets(fault, job)


def is_forgotten_between(history: History, began: float, ended: float) -> bool:
    """Whether Redis lost everything meanwhile."""
    return any(
        each.fault == FORGETS and each.began <= ended and (each.ended or ended) >= began
        for each in history.occurrences
    )
