"""A problem document becomes an exception that says by its type what can be done about it."""

import pytest

from shared.client.errors import (
    ApiError,
    ClientCode,
    NotThereError,
    OverLimitError,
    UnavailableError,
    error_of,
)
from shared.errors import ErrorCode


@pytest.mark.parametrize("code", sorted({*ErrorCode, *ClientCode} - {ClientCode.BAD_ANSWER}))
def test_every_code_has_a_type(code: str) -> None:
    error = error_of(code, "It is so.")
    assert type(error) is not ApiError
    assert (error.code, error.detail, str(error)) == (code, "It is so.", "It is so.")


def test_the_code_decides_and_not_the_status() -> None:
    assert isinstance(error_of(ErrorCode.UNKNOWN_JOB, "x", status=404), NotThereError)
    assert isinstance(error_of(ErrorCode.SERVER_LEAVING, "x", status=404), UnavailableError)
    limit = error_of(ErrorCode.QUEUE_FULL, "x", status=429, retry_after=3)
    assert isinstance(limit, OverLimitError)
    assert limit.retry_after == 3


def test_a_code_of_a_later_version_still_says_whether_to_wait() -> None:
    assert type(error_of("brand_new", "x", status=422)) is ApiError
    assert isinstance(error_of("brand_new", "x", status=503), UnavailableError)
