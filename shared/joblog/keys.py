"""Every Redis key of the job log, and nothing else.

`admit.lua`, `attend.lua`, `claim.lua`, `reap.lua`, `expire.lua` and `heartbeat.lua` learn a job's
id inside Redis and build its keys, and `reap.lua` and `expire.lua` its waiting queue's, in the same
form.
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
    return f"waiting:{model}:{priority}"


def tenant_jobs(tenant: str) -> str:
    return f"tenant:{tenant}:jobs"


def requests(caller: str) -> str:
    """When a caller's last jobs were let in."""
    return f"admission:requests:{caller}"


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


def kill_order(worker: str) -> str:
    return f"worker:{{{worker}}}:kill"
