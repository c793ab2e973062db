"""`python -m services.worker`"""

import sys

from services.worker.app import run
from services.worker.settings import WorkerSettings
from shared.logs import configure_logging

settings = WorkerSettings()
configure_logging(settings, service="worker")
sys.exit(run(settings))
