"""What stands between a stream and its reader."""

from pathlib import Path

from starlette.middleware.base import BaseHTTPMiddleware

from services.api.app import create_app
from tests.unit.api.serving import api_settings, sqlite_url


def test_no_middleware_hides_a_reader_s_leaving_from_its_stream(tmp_path: Path) -> None:
    """Starlette's base class answers through a task and a queue of its own."""
    app = create_app(api_settings("redis://127.0.0.1:1/0", sqlite_url(tmp_path)))

    kinds = [each.cls for each in app.user_middleware if isinstance(each.cls, type)]
    assert kinds
    assert not any(issubclass(kind, BaseHTTPMiddleware) for kind in kinds)
