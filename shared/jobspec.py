"""A job as the API hands it to a worker. Callers never see it."""

from typing import Any

from pydantic import model_validator

from shared.contract import Contract
from shared.raw_prompts import NO_AIDS
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest


class JobSpec(Contract):
    """What a worker needs to write a story: the validated request, completed and frozen."""

    prompt: str
    template_version: str
    sampling: SamplingParams
    token_budget: int
    """Most tokens to write when `sampling.max_new_tokens` is not set (the length class's)."""
    seed: int
    """The sampling seed, drawn by the service when the caller gave none."""
    request: GenerateRequest

    @property
    def most_tokens(self) -> int:
        """How long the story can become."""
        return self.sampling.max_new_tokens or self.token_budget

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_written(cls, stored: Any) -> Any:
        """A job stored before there were aids is replayed without them."""
        if not isinstance(stored, dict) or not isinstance(stored.get("sampling"), dict):
            return stored
        request = stored["request"]
        return stored | {
            "sampling": NO_AIDS | stored["sampling"],
            "request": request | {"sampling": NO_AIDS | request["sampling"]},
        }
