"""What a browser tab remembers between two runs of the page, in one typed place.

What is open is not here: the address bar names it, so that a refresh, the back button or another
tab opens the same.
"""

import uuid
from dataclasses import dataclass, field
from itertools import zip_longest

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from services.ui.clicks import Shown
from services.ui.comparing.pair import ComparingState
from services.ui.operating.demonstrations import Demonstrations
from services.ui.operating.looks import OperatingState
from services.ui.reader import Reader
from services.ui.readers import Readers
from services.ui.settings import UiSettings
from services.ui.story import Story
from services.ui.writing.address import Address, Press, Step
from services.ui.writing.history import History
from services.ui.writing.sheet import Sheet
from shared.client import Client
from shared.client.errors import ApiError
from shared.library import StoryHead, StoryView
from shared.opinions import FeedbackView
from shared.quotes import Quote

RETRY_SECONDS = 1.0
MOST_READERS = 8
"""More than any page shows at a time."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A wish that was fulfilled, and where that led."""

    wish: object
    address: Address
    shown: Shown = field(default_factory=Shown)


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish that was sent, and the name under which the service knows it again."""

    wish: object
    key: str = field(default_factory=lambda: uuid.uuid4().hex)


@dataclass(frozen=True, slots=True)
class Refused:
    """What stood in the fields when a wish made no request, and why it made none."""

    why: ApiError
    sheet: Sheet


@dataclass(slots=True)
class Editing:
    """What is typed over the passages that lead to `leaf_id`, one text for each of them."""

    story_id: str
    leaf_id: str
    version: int
    """Of the story that the editor saw."""
    texts: list[str]
    first: int
    last: int
    """Those from the first to the last can be typed over."""
    seen_ids: list[str]
    """The passages that the story had."""
    leads: list[str] = field(default_factory=list)
    """The blank lines before each text, which are not typed over."""

    @property
    def passages(self) -> list[str]:
        """As they are saved."""
        leads = self.leads[: len(self.texts)]
        return [lead + text for lead, text in zip_longest(leads, self.texts, fillvalue="")]

    def label(self, number: int) -> str:
        return f"Passage {number + 1} of {len(self.texts)}"


@dataclass(frozen=True, slots=True)
class Guessed:
    """What the fields of a story were filled with while nobody could say how it was told."""

    story_id: str
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class Quoted:
    """What the API said to a question about tokens, so that it is not asked twice."""

    question: object
    answer: Quote


@dataclass(slots=True)
class LibraryState:
    pages: int = 1
    """How much of the list is shown."""
    imports: int = 0
    """How many files became stories; each gives the upload field a new, empty life."""
    deleted: StoryHead | None = None
    """The last story that was deleted here, for Undo."""
    refused: ApiError | None = None
    """Why the last wish changed nothing; told once."""


@dataclass(slots=True)
class PageState:
    session: str = field(default_factory=lambda: uuid.uuid4().hex)
    """Tells this memory from one that was lost."""
    sheet: Sheet = field(default_factory=Sheet)
    """The fields as they were at the end of the last run; another page has none of them."""
    fields_of: str | None = None
    """The page that showed them last."""
    sent_form: Sheet | None = None
    """What a form said when it was sent last."""
    filled_for: str | None = None
    """The story that the fields were filled from, or that they made."""
    guessed: Guessed | None = None
    opened: StoryView | None = None
    """The open story as it was last read."""
    shown_title: str | None = None
    typed_title: str | None = None
    """A title that the story was not given."""
    histories: dict[str, History] = field(default_factory=dict)
    editings: dict[str, Editing] = field(default_factory=dict)
    """Unsaved edits, by the story: opening another one loses none."""
    discarded: Editing | None = None
    """The last edit that was given up, until the page goes elsewhere."""
    edited_passage: int = 0
    """The number of the first passage of the text that was edited when an edit was given up."""
    edits_given_up: int = 0
    taken_back: int = 0
    """How often the tab gave back what it had kept."""
    given_back_in_vain: int = 0
    """How often that was lost, since the page was left meanwhile."""
    begun_story: str | None = None
    """What became of the last draft."""
    quoted: Quoted | None = None
    asked: Asked | None = None
    """The last wish that was sent, until the service has answered it."""
    sent: Sent | None = None
    press: Press | None = None
    """The last one on the writing page that asked the API for something."""
    step: Step | None = None
    """The last one on the writing page."""
    news_of: str | None = None
    """The story of which the page says what came of the last wish."""
    refused: ApiError | None = None
    """Why the last wish was not fulfilled."""
    refused_sheet: Refused | None = None
    outcome: str | None = None
    """What came of it that cannot be seen, until the page goes elsewhere."""
    unread: ApiError | None = None
    """Why the open story cannot be read at the moment."""
    unread_at: float = 0.0
    followed: set[str] = field(default_factory=set)
    """Jobs of which this tab has a reader."""
    told: dict[str, Story] = field(default_factory=dict)
    """Ended stories, by the job."""
    stopping: set[str] = field(default_factory=set)
    """Jobs whose end was asked for."""
    stop_refused: ApiError | None = None
    opinions: dict[str, ApiError | None] = field(default_factory=dict)
    """By job: None once what the reader said of it is kept, or why it is not."""
    said: dict[str, FeedbackView | None] = field(default_factory=dict)
    """By job: what the reader is known to have said of it last."""
    comparing: ComparingState = field(default_factory=ComparingState)
    library: LibraryState = field(default_factory=LibraryState)
    operating: OperatingState = field(default_factory=OperatingState)

    def history_of(self, story_id: str) -> History:
        return self.histories.setdefault(story_id, History())


def page_state() -> PageState:
    if "page" not in st.session_state:
        st.session_state["page"] = PageState()
    state = st.session_state["page"]
    assert isinstance(state, PageState)
    return state


@st.cache_resource(show_spinner=False, on_release=lambda client: client.close())
def api_client() -> Client:
    """Whoever waits for a page presses again sooner than a service may ask to be left alone."""
    return Client(settings=UiSettings(), retry_seconds=RETRY_SECONDS, session=_tab)


def _tab() -> str | None:
    """None in a thread that belongs to no tab."""
    context = get_script_run_ctx(suppress_warning=True)
    return None if context is None else context.session_id


@st.cache_resource(show_spinner=False)
def readers() -> Readers:
    return Readers(api_client())


@st.cache_resource(
    show_spinner=False,
    scope="session",
    max_entries=MOST_READERS,
    on_release=lambda reader: readers().close(reader),
)
def reader_of(job_id: str) -> Reader:
    """One of the tab's readers. Opening many others, or closing the tab, gives it up."""
    return readers().open(job_id)


def read_anew(job_id: str) -> None:
    """Give the tab's reader up: whoever asks for the job next reads it from its beginning."""
    readers().renew(job_id)
    reader_of.clear(job_id)


@st.cache_resource(show_spinner=False, on_release=lambda kept: kept.close())
def demonstrations() -> Demonstrations:
    return Demonstrations(api_client())
