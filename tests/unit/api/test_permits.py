"""A permit is a courtesy: whatever becomes of it, the job is accepted."""

import httpx2
import pytest
from celery import Celery

from tests.unit.api.acting import Actor


@pytest.mark.parametrize("failure", [AttributeError("'NoneType' has no attribute"), TimeoutError()])
def test_job_whose_permit_cannot_be_sent_is_accepted(
    http: httpx2.Client, actor: Actor, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise failure

    monkeypatch.setattr(Celery, "send_task", fail)
    answer = http.post("/v1/jobs", json={"story_seed": "A fox"})
    assert answer.status_code == 202
    assert actor.permits() == 0
    assert actor.claim().job_id == answer.json()["id"]
