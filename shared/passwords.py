"""Which passwords may guard a server: none that everybody knows, and none at all only at home."""

from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

SHORTEST = 12
_KNOWN = ("changeme", "password", "secret", "default", "example")
"""What stands in manuals and examples, whatever surrounds it."""


def require_own_password(url: str) -> None:
    """Raises ValueError if the server that `url` names is not guarded by a password of one's own.

    A server of this very machine, or a file, needs none.
    """
    parts = urlsplit(url)
    password = unquote(parts.password or "")
    if not parts.hostname or (not password and is_loopback(parts.hostname)):
        return
    if not password:
        raise ValueError(f"{parts.hostname} is not loopback, and no password guards it")
    plain = "".join(letter for letter in password.lower() if letter.isalnum())
    if len(password) < SHORTEST or any(known in plain for known in _KNOWN):
        raise ValueError(
            f"its password is a default one, or shorter than {SHORTEST} characters; "
            "only with DEVELOPMENT=true is that allowed"
        )


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
