"""`python -m services.worker.warm`: compiles what the bundled model needs, so that no start has to.

It takes half a minute.
"""

from services.worker.app import load_engine
from services.worker.settings import WorkerSettings

if __name__ == "__main__":
    load_engine(WorkerSettings.model_construct())
