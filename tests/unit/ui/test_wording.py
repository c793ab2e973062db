"""Every refusal that its reader can do something about says what."""

import pytest

from services.ui.wording import advice
from shared.client.errors import ApiError
from shared.errors import ErrorCode

SAY_IT_ALL = {
    ErrorCode.INVALID_REQUEST,
    ErrorCode.MALFORMED_BODY,
    ErrorCode.BODY_TOO_LARGE,
    ErrorCode.INVALID_CURSOR,
    ErrorCode.NOT_FOUND,
    ErrorCode.METHOD_NOT_ALLOWED,
}
"""Their own words name what was wrong with the request."""


@pytest.mark.parametrize("code", sorted(set(ErrorCode) - SAY_IT_ALL))
def test_error_comes_with_advice_in_whole_sentences(code: ErrorCode) -> None:
    said = advice(ApiError(code, "x"))
    assert said[:1].isupper()
    assert said.endswith(".")
