"""Permits are what Celery itself would enqueue."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from shared.broker import CLAIM_TASK, Permits, make_celery, queue_name
from shared.joblog import JobLog

MODEL = "tales/small"


@pytest.fixture
def client(redis_url: str) -> Iterator["redis.Redis"]:
    with redis.Redis.from_url(redis_url) as client:
        yield client


def enqueued(client: "redis.Redis") -> list[dict[str, Any]]:
    return [json.loads(each) for each in client.lrange(queue_name(MODEL), 0, -1)]


def test_permit_is_celerys_own_message_but_for_its_ids(
    client: "redis.Redis", redis_url: str
) -> None:
    app = make_celery(redis_url)
    app.send_task(CLAIM_TASK, queue=queue_name(MODEL))
    JobLog(client).run(Permits(app).issue(MODEL))
    ours, theirs = enqueued(client)
    assert ours["headers"]["id"] == ours["headers"]["root_id"]
    assert ours["headers"]["id"] == ours["properties"]["correlation_id"]
    for each in (ours, theirs):
        for part, name in (
            ("headers", "id"),
            ("headers", "root_id"),
            ("properties", "correlation_id"),
            ("properties", "delivery_tag"),
            ("properties", "reply_to"),
        ):
            assert each[part].pop(name)
    assert ours == theirs
    app.close()


def test_no_two_permits_are_one(client: "redis.Redis", redis_url: str) -> None:
    permits = Permits(make_celery(redis_url))
    JobLog(client).run_all([permits.issue(MODEL) for _ in range(3)])
    found = enqueued(client)
    assert len({each["headers"]["id"] for each in found}) == 3
    assert len({each["properties"]["delivery_tag"] for each in found}) == 3
