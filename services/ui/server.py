"""The server: the pages in `app.py`, and beside them the stories that browsers follow."""

import contextlib
from collections.abc import AsyncIterator

import streamlit as st
from starlette.routing import Route

from services.ui.following.stream import live
from services.ui.settings import UiSettings
from shared.tracing import tracing


@contextlib.asynccontextmanager
async def traced(_: st.App) -> AsyncIterator[None]:
    with tracing(UiSettings().otel_exporter_otlp_endpoint, service="ui"):
        yield


app = st.App("app.py", routes=[Route("/live/{job_id}", live)], lifespan=traced)
