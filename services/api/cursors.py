"""The cursors that callers hand back: into a story's events, and into lists."""

import base64
import binascii
import math

from shared.errors import InvalidCursorError
from shared.events import TokenEvent

_MAX_DIGITS = 15
_PAGE_PREFIX = b"s"
_MOMENT_PREFIX = b"t"


def event_cursor(last_event_id: str | None, after: str | None) -> int:
    """Tokens that the reader has; the header wins, since EventSource keeps the URL as it was."""
    text = after if last_event_id is None else last_event_id
    return 0 if text is None else _whole_number(text)


def require_boundary(cursor: int, *, most: int, following: TokenEvent | None) -> None:
    """Raises InvalidCursorError if no reader of this story can have stopped there.

    `most` is how far a reader can have come, `following` the event behind the cursor, if any.
    """
    if cursor > most:
        raise InvalidCursorError(f"This story cannot have {cursor} tokens.")
    if following is not None and following.start < cursor:
        raise InvalidCursorError("No event of this story ends at this token.")


def encode_page(sequence: int) -> str:
    return _encode(_PAGE_PREFIX, str(sequence))


def decode_page(cursor: str) -> int:
    return _whole_number(_decode(_PAGE_PREFIX, cursor))


def encode_moment(time: float, row_id: str) -> str:
    """Into a list that is ordered by a time, and by id where times are equal."""
    return _encode(_MOMENT_PREFIX, f"{time!r} {row_id}")


def decode_moment(cursor: str) -> tuple[float, str]:
    time, _, row_id = _decode(_MOMENT_PREFIX, cursor).partition(" ")
    try:
        moment = float(time)
    except ValueError as error:
        raise _invalid(cursor) from error
    if not (math.isfinite(moment) and row_id.isalnum()):
        raise _invalid(cursor)
    return moment, row_id


def _encode(prefix: bytes, content: str) -> str:
    return base64.urlsafe_b64encode(prefix + content.encode()).decode().rstrip("=")


def _decode(prefix: bytes, cursor: str) -> str:
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        content = base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise _invalid(cursor) from error
    if not content.startswith(prefix):
        raise _invalid(cursor)
    return content.removeprefix(prefix).decode("latin-1")


def _whole_number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS):
        raise _invalid(text)
    return int(text)


def _invalid(text: str) -> InvalidCursorError:
    return InvalidCursorError(f"{text[:40]!r} is not a cursor that this service gave.")
