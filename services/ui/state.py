"""What a browser tab remembers between two runs of the page, in one typed place.

The story that is open is not here: the address bar names it (`?job=`), so that a refresh, the
back button or another tab opens the same one.
"""

from dataclasses import dataclass, field

import streamlit as st

from services.ui.client import Client
from services.ui.operating.demonstration import Demonstration
from services.ui.operating.looks import OperatingState
from services.ui.problems import ApiError
from services.ui.reader import Reader
from services.ui.settings import UiSettings
from shared.schemas import GenerateRequest

_JOB = "job"
MOST_READERS = 8
"""More than any page shows at a time."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request that became a job, and when (monotonic seconds)."""

    request: GenerateRequest
    job_id: str
    at: float


@dataclass(slots=True)
class PageState:
    draft: GenerateRequest | None = None
    """What the form showed first; fixed for the tab's life, since it is the widgets' identity."""
    is_opened: bool = False
    sent: Sent | None = None
    refused: ApiError | None = None
    """Why the last request made no story."""
    stopping: str | None = None
    """The story whose end was asked for."""
    stop_refused: ApiError | None = None
    operating: OperatingState = field(default_factory=OperatingState)


def page_state() -> PageState:
    if "page" not in st.session_state:
        st.session_state["page"] = PageState()
    state = st.session_state["page"]
    assert isinstance(state, PageState)
    return state


def open_job_id() -> str | None:
    return st.query_params.get(_JOB) or None


def open_job(job_id: str) -> None:
    st.query_params[_JOB] = job_id


@st.cache_resource(show_spinner=False, on_release=lambda client: client.close())
def api_client() -> Client:
    return Client(UiSettings())


@st.cache_resource(
    show_spinner=False,
    scope="session",
    max_entries=MOST_READERS,
    on_release=lambda reader: reader.close(),
)
def reader_of(job_id: str) -> Reader:
    """One of the tab's readers. Opening many others, or closing the tab, ends it."""
    return Reader(api_client(), job_id)


@st.cache_resource(
    show_spinner=False,
    scope="session",
    max_entries=1,
    on_release=lambda demonstration: demonstration.close(),
)
def demonstration_of(number: int) -> Demonstration:
    """The tab's demonstration of this number. Beginning the next, or closing the tab, ends it."""
    return Demonstration(api_client())
