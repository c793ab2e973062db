"""The server: the pages in `app.py`, and beside them the stories that browsers follow."""

import streamlit as st
from starlette.routing import Route

from services.ui.following.stream import live

app = st.App("app.py", routes=[Route("/live/{job_id}", live)])
