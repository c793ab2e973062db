"""What `make up` tells the services that it starts."""

import threading
from http.server import HTTPServer, SimpleHTTPRequestHandler
from pathlib import Path

import pytest

from infra.local.up import UpSettings, _get_ok, environment
from tests.processes import free_port


@pytest.mark.parametrize(
    ("given", "told"), [(None, "true"), ("", "true"), ("true", "true"), ("0", "false")]
)
def test_up_is_development_unless_its_user_says_otherwise(
    given: str | None, told: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # away from any .env
    monkeypatch.delenv("DEVELOPMENT", raising=False)
    if given is not None:
        monkeypatch.setenv("DEVELOPMENT", given)
    services = environment(UpSettings(), "redis://127.0.0.1:6379/0")
    assert (services["DEVELOPMENT"], services["API_HOST"]) == (told, "127.0.0.1")


def test_no_proxy_is_asked_for_what_runs_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with HTTPServer(("127.0.0.1", 0), SimpleHTTPRequestHandler) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert _get_ok(f"http://127.0.0.1:{server.server_port}/")
