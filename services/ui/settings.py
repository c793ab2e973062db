"""Where the writing room listens, and how its client finds the API. Knows nothing of pages."""

from pydantic import Field

from shared.client.settings import ClientSettings
from shared.settings import ObservedSettings


class UiSettings(ObservedSettings, ClientSettings):
    """An empty variable counts as not set."""

    ui_host: str = "127.0.0.1"
    ui_port: int = Field(default=8501, ge=1, le=65_535)
