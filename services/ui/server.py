"""The server: the pages in `app.py`, and beside them the stories that browsers follow."""

import contextlib
import logging
from collections.abc import AsyncIterator

import streamlit as st
from starlette.routing import Route

from services.ui import opening
from services.ui.following.stream import live
from services.ui.settings import UiSettings
from shared.logs import configure_logging
from shared.tracing import tracing


def speak_with_one_voice(settings: UiSettings) -> None:
    """Let Streamlit's lines take the configured form too: it gave each logger a handler."""
    configure_logging(settings, service="ui")
    for name in [each for each in logging.root.manager.loggerDict if each.startswith("streamlit")]:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


@contextlib.asynccontextmanager
async def observed(_: st.App) -> AsyncIterator[None]:
    settings = UiSettings()
    speak_with_one_voice(settings)
    with tracing(settings.otel_exporter_otlp_endpoint, service="ui"):
        yield


app = st.App(
    "app.py", routes=[*opening.routes(), Route("/live/{job_id:path}", live)], lifespan=observed
)
