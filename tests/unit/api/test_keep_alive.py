"""A connection that nobody uses for a while is there for who asks next."""

from http.client import HTTPConnection

import httpx2
import pytest


def test_an_idle_connection_outlives_a_clients_patience(api: str) -> None:
    """Were it closed at the same time, the request that is just sent would have no answer."""
    kept = httpx2.Limits().keepalive_expiry
    assert kept is not None
    connection = HTTPConnection(api.removeprefix("http://"), timeout=kept + 1)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read()
    idle = connection.sock
    with pytest.raises(TimeoutError):  # else the end is told
        idle.recv(1)
    connection.request("GET", "/healthz")
    assert connection.getresponse().read()
    assert connection.sock is idle
    connection.close()
