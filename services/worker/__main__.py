"""`python -m services.worker`"""

import os
import sys

from services.worker.settings import WorkerSettings
from services.worker.spinning import ENVIRONMENT
from shared.logs import configure_logging
from shared.settings import load_settings


def main() -> int:
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.update(ENVIRONMENT | os.environ)
    from services.worker.app import run

    settings = load_settings(WorkerSettings)
    configure_logging(settings, service="worker")
    return run(settings)


sys.exit(main())
