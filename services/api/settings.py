"""What the API reads from the environment or `.env`, beside what every service reads."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from services.api.admission.keys import is_key
from services.api.admission.settings import AdmissionSettings
from shared.passwords import is_loopback
from shared.settings import LibraryPlace, Settings, guarded


def _key(secret: SecretStr) -> SecretStr:
    if not is_key(secret.get_secret_value()):
        raise ValueError("it is no key (`make secrets` makes one)")
    return secret


class LibrarySettings(LibraryPlace, Settings):
    ui_api_key: Annotated[SecretStr, AfterValidator(_key)] | None = Field(
        default=None, description="the writing room's API_KEY, let in when the library is migrated"
    )

    @field_validator("database_url")
    @classmethod
    def _guarded_database(cls, url: str, info: ValidationInfo) -> str:
        return guarded(url, info)


class ApiSettings(AdmissionSettings, LibrarySettings):
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=0, le=65_535, description="0 takes any free port")
    api_leave_seconds: float = Field(
        default=0,
        ge=0,
        le=60,
        description="how long it serves on when told to stop, while /healthz answers 404 so that a "
        "gateway sends nobody any more",
    )
    api_body_limit: int = Field(default=64 * 1024, ge=1, description="bytes a request may carry")

    @field_validator("api_host")
    @classmethod
    def _loopback_in_development(cls, host: str, info: ValidationInfo) -> str:
        if info.data.get("development") and not is_loopback(host):
            raise ValueError(
                f"{host} is not loopback, and DEVELOPMENT lets whoever reaches the API in, as "
                "anybody, and end workers"
            )
        return host
