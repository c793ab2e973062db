"""What stands between a stream and its reader."""

from pathlib import Path

from starlette.middleware.base import BaseHTTPMiddleware
from starlette.types import Message, Receive, Scope, Send

from services.api.app import create_app
from services.api.shortcut import Shortcut, straight
from services.api.stalling import SendWatch
from tests.unit.api.serving import api_settings, sqlite_url


def test_no_middleware_hides_a_reader_s_leaving_from_its_stream(tmp_path: Path) -> None:
    """Starlette's base class answers through a task and a queue of its own."""
    app = create_app(api_settings("redis://127.0.0.1:1/0", sqlite_url(tmp_path)))

    kinds = [each.cls for each in app.user_middleware if isinstance(each.cls, type)]
    assert kinds
    assert not any(issubclass(kind, BaseHTTPMiddleware) for kind in kinds)


async def test_parts_of_an_answer_go_straight_to_the_server_and_its_ends_by_all_who_watch() -> None:
    sent: list[str] = []
    parts = [
        {"type": "http.response.start", "status": 200, "headers": []},
        {"type": "http.response.body", "body": b"one", "more_body": True},
        {"type": "http.response.body", "body": b"", "more_body": False},
    ]

    async def server(message: Message) -> None:
        sent.append("told")

    async def watched(message: Message) -> None:
        sent.append("seen")
        await server(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        watch = SendWatch(watched, straight(scope), seconds=60, give_up=lambda: None)
        for part in parts:
            await watch.send(part)
        watch.close()

    async def nothing() -> Message:
        raise AssertionError("nobody receives here")

    await Shortcut(app)({"type": "http"}, nothing, server)
    assert sent == ["seen", "told", "told", "seen", "told"]
