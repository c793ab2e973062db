"""Where the service is and how patient a client is with it. Knows nothing of stories."""

from pydantic import AnyHttpUrl, Field, PositiveFloat, SecretStr, field_validator

from shared.secret_files import FileSettings


class ClientSettings(FileSettings):
    """From the environment, then from `.env`. Raises pydantic.ValidationError on a bad value."""

    api_port: int = Field(default=8000, ge=0, le=65_535)
    """Where the API of this machine listens; says nothing once `api_url` is set."""
    api_url: AnyHttpUrl = Field(
        default_factory=lambda known: AnyHttpUrl(f"http://127.0.0.1:{known['api_port']}")
    )
    api_key: SecretStr | None = Field(
        default=None, description="the key to the API; in development any name"
    )

    connect_timeout_seconds: PositiveFloat = 3
    request_timeout_seconds: PositiveFloat = 15
    stream_silence_seconds: PositiveFloat = 40
    """A stream without a byte for this long is dead. The API pings far more often than that."""
    stream_give_up_seconds: PositiveFloat = 90
    """A reader gives up after this long without a byte, however often it reconnected."""

    @field_validator("api_key")
    @classmethod
    def _fits_into_a_header(cls, key: SecretStr | None) -> SecretStr | None:
        text = key.get_secret_value() if key else ""
        if not (text.isascii() and text.isprintable() and text == text.strip()):
            raise ValueError("is malformed: a key is one line of ASCII characters")
        return key
