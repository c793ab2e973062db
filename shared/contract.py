"""What every message between the services has in common."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError


class Contract(BaseModel):
    """Base of every message: immutable, and unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise PydanticCustomError("float_type", "must be a number")
    return value


NUMBER = BeforeValidator(_number)
"""Of a number that a caller sends: pydantic takes true for 1."""
JobId = Annotated[str, StringConstraints(max_length=64)]
"""As a caller sends it. Bounded, so that pydantic looks at its characters: in a text without any
constraint it lets a lone surrogate pass.
"""
