"""Every operation of the API as it describes itself, to try each of them alike."""

from dataclasses import dataclass
from typing import Any

import httpx2
import pytest

from services.api.app import create_app
from tests.unit.api.serving import api_settings

DESCRIPTION = create_app(api_settings("redis://127.0.0.1:1/0", "sqlite://")).openapi()


@dataclass(frozen=True, slots=True)
class Operation:
    method: str
    path: str
    description: dict[str, Any]

    def ask(self, http: httpx2.Client, **values: str) -> httpx2.Response:
        """With the body that the description shows, and whatever any route wants in headers."""
        body = self.description.get("requestBody", {}).get("content", {}).get("application/json")
        return http.request(
            self.method,
            self.path.format_map(values),
            json=body["example"] if body else None,
            headers={"If-Match": '"1"', "X-Requested-By": "a test"},
            # Whoever would wait for a story that nobody writes need not do so for long.
            params={"wait": 0.1} if "wait" in self.other_names else None,
        )

    @property
    def names(self) -> set[str]:
        """Of the parts of its path."""
        return {
            each["name"] for each in self.description.get("parameters", ()) if each["in"] == "path"
        }

    @property
    def other_names(self) -> set[str]:
        """Of the rest of its address, and of its body's fields."""
        asked = {
            each["name"] for each in self.description.get("parameters", ()) if each["in"] == "query"
        }
        body = self.description.get("requestBody", {}).get("content", {}).get("application/json")
        if body is None:
            return asked
        name = body["schema"]["$ref"].rpartition("/")[2]
        return asked | set(DESCRIPTION["components"]["schemas"][name]["properties"])

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


ALL = [
    Operation(method.upper(), path, description)
    for path, operations in DESCRIPTION["paths"].items()
    for method, description in operations.items()
]
GUARDED = [each for each in ALL if each.path.startswith("/v1/") or each.path == "/generate"]


def each(operations: list[Operation]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("operation", operations, ids=str)
