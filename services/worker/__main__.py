"""`python -m services.worker`"""

import os
import sys

from services.worker.settings import WorkerSettings
from shared.logs import configure_logging
from shared.settings import load_settings


def main() -> int:
    # Read once, when torch is imported: threads that wait by spinning take the cores from the
    # other services (8 streams: 30 tokens/s, against 135 with this).
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    from services.worker.app import run

    settings = load_settings(WorkerSettings)
    configure_logging(settings, service="worker")
    return run(settings)


sys.exit(main())
