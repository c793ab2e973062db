"""What is known of models: which there are, and the reports that their workers have published."""

import httpx2

from shared.joblog import commands, documents
from shared.joblog.documents import Document
from tests.unit.api.acting import MODEL, Actor

PATH = f"/v1/models/{MODEL}/report"
CONTENT = '{"model":  {"name": "狐"}}\n'


def publish(actor: Actor, content: str, *, weights: str = "aa") -> None:
    assert actor.joblog.run(documents.publish(weights, Document.REPORT, content))


def test_models_are_those_of_live_workers_with_the_smallest_context(
    http: httpx2.Client, actor: Actor
) -> None:
    for change in ({"id": "w2", "context_length": 32}, {"id": "w3", "model": "another"}):
        other = actor.info.model_copy(update=change)
        actor.joblog.run(commands.heartbeat(other, []))
    found = http.get("/v1/models").raise_for_status().json()
    assert found["object"] == "list"
    contexts = {model["id"]: model["context_length"] for model in found["data"]}
    assert contexts == {MODEL: 32, "another": 1024}
    for model in found["data"]:
        assert (model["object"], model["created"], model["owned_by"]) == ("model", 0, "once")
        assert http.get(f"/v1/models/{model['id']}").json() == model


def test_model_that_nobody_serves_is_none(http: httpx2.Client, actor: Actor) -> None:
    answer = http.get("/v1/models/gpt-nowhere")
    assert answer.status_code == 404
    assert answer.json() == {
        "error": {
            "message": "No live worker serves the model 'gpt-nowhere'.",
            "type": "invalid_request_error",
            "param": None,
            "code": "model_not_found",
        }
    }


def test_report_is_answered_byte_for_byte(http: httpx2.Client, actor: Actor) -> None:
    publish(actor, CONTENT)
    answer = http.get(PATH)
    assert (answer.status_code, answer.content) == (200, CONTENT.encode())
    assert answer.headers["content-type"] == "application/json"


def test_report_that_the_caller_has_is_not_sent_again(http: httpx2.Client, actor: Actor) -> None:
    publish(actor, CONTENT)
    tag = http.get(PATH).headers["etag"]
    for known in (tag, f'W/"x", {tag}', "*"):
        same = http.get(PATH, headers={"If-None-Match": known})
        assert (same.status_code, same.content, same.headers["etag"]) == (304, b"", tag)
    publish(actor, "{}")
    assert http.get(PATH, headers={"If-None-Match": tag}).text == "{}"


def test_report_comes_from_whichever_weights_have_one(http: httpx2.Client, actor: Actor) -> None:
    newer = actor.info.model_copy(update={"id": "w2", "model_sha256": "bb"})
    actor.joblog.run(commands.heartbeat(newer, []))
    publish(actor, CONTENT, weights="bb")
    assert http.get(PATH).text == CONTENT


def test_model_without_a_report_or_without_a_worker(http: httpx2.Client, actor: Actor) -> None:
    publish(actor, CONTENT, weights="other")
    for model, expected in ((MODEL, (404, "no_report")), ("other", (503, "model_unavailable"))):
        answer = http.get(f"/v1/models/{model}/report")
        assert (answer.status_code, answer.json()["code"]) == expected
