"""Settings that more than one service reads, from the environment or `.env`."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

BUNDLED_MODEL = Path(__file__).parent.parent / "services/worker/checkpoints/fairytale-mini"


S = TypeVar("S", bound=BaseSettings)


def load_settings(kind: type[S]) -> S:
    """Read settings, or end the process with a line for every value that is not valid."""
    try:
        return kind()
    except ValidationError as error:
        lines = [_line(finding) for finding in error.errors()]
        raise SystemExit("\n".join(["These settings are not valid.", *lines])) from None


def _line(finding: ErrorDetails) -> str:
    name = ".".join(map(str, finding["loc"])).upper()
    return f"{name}: {finding['msg'].removeprefix('Value error, ')}"


class Settings(BaseSettings):
    """Base of every service's settings. Raises pydantic.ValidationError on a bad value."""

    model_config = SettingsConfigDict(
        env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True
    )

    redis_url: str = "redis://127.0.0.1:6379/0"
    model: str = Field(
        default=str(BUNDLED_MODEL), description="a GPT-2 directory or hub id that workers serve"
    )
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)
    ] = "INFO"
    log_format: Literal["console", "json"] = "console"
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None,
        description="where traces are sent (OTLP over HTTP)",
    )
    development: bool = Field(
        default=False,
        description="offers what only a machine of one's own should: to end a worker on request",
    )

    @property
    def model_name(self) -> str:
        """The name under which the configured model is asked for."""
        return model_name(self.model)


def model_name(model: str) -> str:
    """Last part of a directory or hub id: `openai-community/gpt2` is served as `gpt2`."""
    return model.rstrip("/").rsplit("/", 1)[-1]
