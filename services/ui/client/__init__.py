"""The API as typed calls, for the pages and the terminal alike. Knows no Streamlit."""

from typing import Self

from services.ui.client.jobs import JobCalls
from services.ui.client.operations import OperationCalls
from services.ui.client.opinions import OpinionCalls
from services.ui.client.stories import StoryCalls
from services.ui.client.transport import Session, Transport, no_session
from services.ui.settings import UiSettings


class Client:
    """One pool of connections to one API. Safe to share between threads."""

    def __init__(self, settings: UiSettings, *, session: Session = no_session) -> None:
        self._transport = Transport(settings, session)
        self.jobs = JobCalls(self._transport)
        self.stories = StoryCalls(self._transport)
        self.opinions = OpinionCalls(self._transport)
        self.operations = OperationCalls(self._transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    def close(self) -> None:
        self._transport.close()
