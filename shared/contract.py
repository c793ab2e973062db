"""What every message between the services has in common."""

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """Base of every message: immutable, and unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)
