"""The two kinds of cursor that callers hand back: into a story, and into the list of jobs."""

import base64
import binascii

from shared.errors import InvalidCursorError

_MAX_DIGITS = 15
_PAGE_PREFIX = b"s"


def event_cursor(last_event_id: str | None, after: str | None) -> int:
    """Tokens that the reader has; the header wins, since EventSource keeps the URL as it was."""
    text = after if last_event_id is None else last_event_id
    return 0 if text is None else _whole_number(text)


def encode_page(sequence: int) -> str:
    return base64.urlsafe_b64encode(_PAGE_PREFIX + str(sequence).encode()).decode().rstrip("=")


def decode_page(cursor: str) -> int:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        content = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise _invalid(cursor) from error
    if not content.startswith(_PAGE_PREFIX):
        raise _invalid(cursor)
    return _whole_number(content.removeprefix(_PAGE_PREFIX).decode("latin-1"))


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS):
        raise _invalid(text)
    return int(text)


def _invalid(text: str) -> InvalidCursorError:
    return InvalidCursorError(f"{text[:40]!r} is not a cursor that this service gave.")
