"""What pydantic finds wrong with a request or a setting, in plain words.

Knows the kinds of findings that our own models can have; any other kind keeps pydantic's words.
"""

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from services.ui.codes import UiCode
from shared.client.errors import ApiError, FieldProblem, InvalidError

_WHOLE_NUMBER = "must be a whole number"
_NUMBER = "must be a number"
_ADDRESS = "must be an address such as http://127.0.0.1:8000"
_REASONS = {
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length:,} characters long",
    "too_long": "must have at most {max_length} entries",
    "enum": "must be one of {expected}",
    "greater_than_equal": "must be at least {ge:g}",
    "greater_than": "must be more than {gt:g}",
    "less_than_equal": "must be at most {le:g}",
    # The one such limit, 2**63, must keep all its digits.
    "less_than": "must be less than {lt}",
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "url_parsing": _ADDRESS,
    "url_scheme": _ADDRESS,
    "value_error": "{error}",
}


def refused_input(error: ValidationError) -> ApiError:
    """The same error that the API would answer, found before asking it."""
    fields = tuple(
        FieldProblem(field=".".join(str(part) for part in item["loc"]), message=_reason(item))
        for item in error.errors(include_url=False)
    )
    return InvalidError(UiCode.INVALID_INPUT, "Some fields need another value.", fields=fields)


def setting_problems(error: ValidationError) -> list[str]:
    """One line for each refused setting, under the name that it has in the environment."""
    return [
        f"{'_'.join(str(part) for part in item['loc']).upper()} {_reason(item)}"
        for item in error.errors(include_url=False)
        # A default that builds on a refused setting: only that setting is to blame.
        if item["type"] != "default_factory_not_called"
    ]


def _reason(finding: ErrorDetails) -> str:
    words = _REASONS.get(finding["type"])
    return finding["msg"] if words is None else words.format(**finding.get("ctx", {}))
