"""What the API reads from the environment or `.env`, beside what every service reads."""

from pydantic import Field

from shared.settings import Settings


class ApiSettings(Settings):
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=0, le=65_535, description="0 takes any free port")
    api_body_limit: int = Field(default=64 * 1024, ge=1, description="bytes a request may carry")
    database_url: str = Field(
        default="sqlite+aiosqlite:///var/once.db",
        description="where the library is kept: a SQLite file or a PostgreSQL server",
    )
