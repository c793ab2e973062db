"""A client of the service, for programs that wait and for programs that await.

    with Client() as client:
        for text in client.write("A fox who collects moons"):
            print(text, end="")

It reconnects and goes on at the token where it was cut off, and holds what arrives against the
hashes that the service sends along. Knows no Redis, and nothing of how a story is shown.
"""

from shared.client.clients import AsyncClient, Client
from shared.client.errors import (
    ApiError,
    BrokenStoryError,
    ClientCode,
    ConflictError,
    InvalidError,
    NotAdmittedError,
    NotThereError,
    OverLimitError,
    StoryFailedError,
    UnavailableError,
)
from shared.client.live import AsyncLiveStory, LiveStory
from shared.client.settings import ClientSettings
from shared.client.watch import AsyncWatch, Watch

__all__ = [
    "ApiError",
    "AsyncClient",
    "AsyncLiveStory",
    "AsyncWatch",
    "BrokenStoryError",
    "Client",
    "ClientCode",
    "ClientSettings",
    "ConflictError",
    "InvalidError",
    "LiveStory",
    "NotAdmittedError",
    "NotThereError",
    "OverLimitError",
    "StoryFailedError",
    "UnavailableError",
    "Watch",
]
