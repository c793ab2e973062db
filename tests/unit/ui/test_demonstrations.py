"""Which demonstrations a process still knows, and how one ends that goes wrong."""

import threading
from types import SimpleNamespace
from typing import NoReturn, cast

from services.ui.operating.demonstration import Demonstration
from services.ui.operating.demonstrations import MOST_KEPT, Demonstrations
from services.ui.settings import UiSettings
from shared.client import Client
from shared.client.errors import ClientCode
from tests.processes import wait_until

NOWHERE = UiSettings.model_validate({"api_url": "http://127.0.0.1:9"})


def test_of_too_many_the_one_begun_first_is_given_up() -> None:
    with Client(settings=NOWHERE, retry_seconds=0) as client:
        kept = Demonstrations(client)
        ids = [kept.begin() for _ in range(MOST_KEPT + 1)]
        found = [kept.find(each) for each in ids]
        assert found[0] is None
        assert len(set(found)) == len(ids)
        kept.close()
        assert [each for each in ids if kept.find(each)] == []
        wait_until(lambda: not _running(), seconds=10, what="all have ended")


def test_one_that_fails_unforeseen_is_over_and_says_so() -> None:
    """Else the page would wait for it for ever, and its button stay disabled."""

    def create(request: object) -> NoReturn:
        raise RuntimeError("nobody thought of this")

    client = cast("Client", SimpleNamespace(jobs=SimpleNamespace(create=create)))
    shown = Demonstration(client)
    wait_until(lambda: shown.trial.is_over, seconds=10, what="the demonstration has ended")
    assert shown.trial.error is not None
    assert shown.trial.error.code == ClientCode.BAD_ANSWER


def _running() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "demonstration"]
