"""`python -m services.worker.warm`: compiles what the bundled model needs, half a minute, so that no
start of a worker has to."""

from services.worker.app import load_engine
from services.worker.settings import WorkerSettings

if __name__ == "__main__":
    load_engine(WorkerSettings.model_construct())
