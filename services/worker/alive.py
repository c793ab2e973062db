"""`python -m services.worker.alive`, for health checks: exit status 0 if the worker here beats.

It looks at the file that ALIVE_PATH names. Redis away is no reason to restart a worker, so only
the heartbeat itself counts, whether or not anybody hears it.
"""

import os
import sys
import time
from pathlib import Path

SILENT_SECONDS = 10.0
"""Many heartbeats."""


def main() -> int:
    try:
        touched = Path(os.environ["ALIVE_PATH"]).stat().st_mtime
    except (KeyError, FileNotFoundError):
        return 1
    return 0 if time.time() - touched < SILENT_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
