"""Where the API is and how patient the UI is with it. Knows nothing of pages or of stories."""

from pydantic import AnyHttpUrl, Field, PositiveFloat, SecretStr

from shared.settings import ObservedSettings


class UiSettings(ObservedSettings):
    """An empty variable counts as not set."""

    api_port: int = Field(default=8000, ge=0, le=65_535)
    """Where the API of this machine listens; says nothing once `api_url` is set."""
    api_url: AnyHttpUrl = Field(
        default_factory=lambda known: AnyHttpUrl(f"http://127.0.0.1:{known['api_port']}")
    )
    api_key: SecretStr | None = Field(
        default=None, description="its key to the API; in development any name"
    )
    ui_host: str = "127.0.0.1"
    ui_port: int = Field(default=8501, ge=1, le=65_535)

    connect_timeout_seconds: PositiveFloat = 3
    request_timeout_seconds: PositiveFloat = 15
    stream_silence_seconds: PositiveFloat = 40
    """A stream without a byte for this long is dead. The API pings far more often than that."""
    stream_give_up_seconds: PositiveFloat = 90
    """A reader gives up after this long without a byte, however often it reconnected."""
