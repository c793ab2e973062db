"""What may be chosen of admission. In development nothing is limited unless it is asked for."""

import re
import secrets
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from services.api.admission.limits import Limits
from shared.settings import Settings

SHORTEST_SIGNING_KEY = 32
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:]+\](:\d{1,5})?")

_NAME = re.compile(r"[a-z0-9._-]+")


def _limit(default: int, description: str) -> Any:
    def chosen(known: dict[str, Any]) -> int:
        return 0 if known.get("development") else default

    return Field(default_factory=chosen, ge=0, description=f"{description}; 0 is no limit")


def _listed(value: Any) -> Any:
    """From the environment: separated by commas or spaces."""
    return tuple(value.replace(",", " ").split()) if isinstance(value, str) else value


class AdmissionSettings(Settings):
    requests_per_minute: int = _limit(
        120, "stories that a key may ask for in any minute, and apart from them dry runs"
    )
    jobs_per_key: int = _limit(32, "stories of a key that wait or are being written at once")
    queue_limit: int = _limit(1_000, "stories that may wait for a model")
    token_limit: int = Field(
        default=0, ge=0, description="tokens that a story may be asked to have; 0 is no limit"
    )
    streams_per_key: int = _limit(64, "open streams of a key, in each process")
    streams_per_process: int = _limit(1_000, "open streams of a process")
    stream_token_key: SecretStr | None = Field(
        default=None,
        validate_default=True,
        description="signs stream tokens, the same in all processes; drawn anew in development",
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    """Pages of which sites a browser lets read the API's answers."""
    host_names: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)] = ()
    """What it is called in development, beside localhost; elsewhere it goes by any name."""

    @field_validator("stream_token_key")
    @classmethod
    def _own_signing_key(cls, key: SecretStr | None, info: ValidationInfo) -> SecretStr:
        if key is None and info.data.get("development"):
            return SecretStr(secrets.token_hex(32))
        if key is None or len(key.get_secret_value()) < SHORTEST_SIGNING_KEY:
            raise ValueError(
                f"outside development it is needed, with {SHORTEST_SIGNING_KEY} random characters "
                "or more, the same for all processes (`make secrets` makes one)"
            )
        return key

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} is no origin, as https://example.org is one")
        return origins

    @field_validator("host_names")
    @classmethod
    def _are_names(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is no name, as tales.example is one, without a port")
        return names

    @property
    def limits(self) -> Limits:
        return Limits(
            self.requests_per_minute, self.jobs_per_key, self.queue_limit, self.token_limit
        )
