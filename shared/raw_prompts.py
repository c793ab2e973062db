"""Prompts that the model reads as they are: no template around them, and no aids with them."""

from typing import Annotated, Any

from pydantic import StringConstraints

MAX_RAW_CHARS = 16_000
"""As much as a story so far may have."""
NO_AIDS: dict[str, Any] = {"seed_pull": 0.0, "end_at_sentence": False, "keep_length": False}
"""Sampling that does nothing for a story."""
NO_TEMPLATE = "none"
"""Stands in a receipt where the template's version does."""

RawPrompt = Annotated[str, StringConstraints(min_length=1, max_length=MAX_RAW_CHARS)]


def without_aids(request: Any) -> Any:
    """A request as it was sent: beside a raw prompt, what is left out of it is off."""
    if not isinstance(request, dict) or request.get("raw_prompt") is None:
        return request
    sampling, controls = request.get("sampling", {}), request.get("controls", {})
    return {
        **request,
        "sampling": NO_AIDS | sampling if isinstance(sampling, dict) else sampling,
        "controls": {"constraints": []} | controls if isinstance(controls, dict) else controls,
    }
