"""Settings that more than one service reads, from the environment or `.env`."""

from pathlib import Path
from typing import Annotated, Literal, TypeVar
from urllib.parse import quote

from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings

from shared.passwords import require_own_password
from shared.secret_files import FileSettings

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


class ObservedSettings(FileSettings):
    """What can be seen of a service."""

    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(str.upper)
    ] = "INFO"
    log_format: Literal["console", "json"] = "console"
    otel_exporter_otlp_endpoint: str | None = Field(
        default=None,
        description="where traces are sent (OTLP over HTTP), if anywhere",
    )


class Settings(ObservedSettings):
    """Of API and workers. Raises pydantic.ValidationError on a bad value."""

    # First, since what else is valid depends on it.
    development: bool = Field(
        default=False,
        description="offers what only a machine of one's own should: to end a worker on request",
    )
    redis_url: str = "redis://127.0.0.1:6379/0"
    model: str = Field(
        default=str(BUNDLED_MODEL), description="a GPT-2 directory or hub id that workers serve"
    )

    @field_validator("redis_url")
    @classmethod
    def _guarded(cls, url: str, info: ValidationInfo) -> str:
        return guarded(url, info)

    @property
    def model_name(self) -> str:
        """The name under which the configured model is asked for."""
        return model_name(self.model)


class LibraryPlace(FileSettings):
    """Where the library is: of the API, of whoever makes keys to it, and of `make up`."""

    data_dir: Path = Field(default=Path("var"), description="a folder for what this machine keeps")
    database_url: str = Field(
        default_factory=lambda known: (
            f"sqlite+aiosqlite:///{quote(str(known['data_dir'] / 'once.db'))}"
        ),
        description="where the library is kept: a SQLite file, by default in DATA_DIR, or a "
        "PostgreSQL server",
    )


def guarded(url: str, info: ValidationInfo) -> str:
    """A server's URL, refused outside development unless a password of one's own guards it."""
    if not info.data.get("development"):
        require_own_password(url)
    return url


def model_name(model: str) -> str:
    """Last part of a directory or hub id: `openai-community/gpt2` is served as `gpt2`."""
    return model.rstrip("/").rsplit("/", 1)[-1]
