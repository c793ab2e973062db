"""What the API reads from the environment or `.env`, beside what every service reads."""

from pydantic import Field, ValidationInfo, field_validator

from shared.passwords import is_loopback
from shared.settings import Settings, guarded


class ApiSettings(Settings):
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=0, le=65_535, description="0 takes any free port")
    api_body_limit: int = Field(default=64 * 1024, ge=1, description="bytes a request may carry")
    database_url: str = Field(
        default="sqlite+aiosqlite:///var/once.db",
        description="where the library is kept: a SQLite file or a PostgreSQL server",
    )

    @field_validator("api_host")
    @classmethod
    def _loopback_in_development(cls, host: str, info: ValidationInfo) -> str:
        if info.data.get("development") and not is_loopback(host):
            raise ValueError(
                f"{host} is not loopback, and DEVELOPMENT lets whoever reaches the API end workers"
            )
        return host

    @field_validator("database_url")
    @classmethod
    def _guarded_database(cls, url: str, info: ValidationInfo) -> str:
        return guarded(url, info)
