"""Every Redis key of the job log, and nothing else.

Where a script learns a job's id inside Redis, it builds its keys in the same form, and where it
learns a job's model and class, those of its queue. What belongs to a queue lies beside it, under
names that `lua/parts/order.lua` gives.
"""

from shared.schemas import Priority

LEASES = "leases"
DEADLINES = "deadlines"
NEED_FOLLOWER = "followers:needed"
ATTENDED_AT = "followers:attended_at"
WORKERS = "workers"
WORKERS_EXPIRY = "workers:expiry"
ENDED = "ended"
ARCHIVE_GROUP = "archive"
"""The consumer group of those who carry ended jobs to the library."""
SEQUENCE = "sequence"


def job(job_id: str) -> str:
    """The job's record and also its live channel; the hash tag keeps a job in one Cluster slot."""
    return f"job:{{{job_id}}}"


def log(job_id: str) -> str:
    return f"{job(job_id)}:log"


def waiting(model: str, priority: Priority) -> str:
    return f"queue:{model}:{priority}"


def run(model: str) -> str:
    """How many interactive jobs in a row went before batch jobs that wait."""
    return f"queue:{model}:run"


def quantum(model: str) -> str:
    """After how many tokens its workers let others have a story's slot."""
    return f"queue:{model}:quantum"


def kinds(model: str) -> str:
    """Numeric kinds of its live workers."""
    return f"workers:kinds:{model}"


def tenant_jobs(tenant: str) -> str:
    return f"tenant:{tenant}:jobs"


def requests(caller: str) -> str:
    """When a caller's last jobs were let in."""
    return f"admission:requests:{caller}"


def questions(caller: str) -> str:
    """When a caller last asked what a job would be like."""
    return f"admission:questions:{caller}"


def jobs_under_way(caller: str) -> str:
    return f"admission:jobs:{caller}"


def entering(model: str) -> str:
    """Jobs that were let in and are not yet submitted."""
    return f"admission:entering:{model}"


def document(model_sha256: str, name: str) -> str:
    return f"model:{{{model_sha256}}}:{name}"


def statistics(model: str) -> str:
    return f"statistics:{model}"


def first_tokens(model: str) -> str:
    return f"first_tokens:{model}"


def estimates(model: str) -> str:
    """What callers were foretold, and how it came. Under other names beside it lies what versions
    foretold whose raw intervals were others."""
    return f"estimates:with_pace:{model}"


def kill_order(worker: str) -> str:
    return f"worker:{{{worker}}}:kill"
