"""The engine's public face: everything else in this folder is its own business."""

from services.worker.engine.engine import Engine
from services.worker.engine.logprobs import Logprobs
from services.worker.engine.sequence import SequenceRequest, StepOutput

__all__ = ["Engine", "Logprobs", "SequenceRequest", "StepOutput"]
