"""The page that describes the API is the one that its code would write."""

import re
from pathlib import Path

from services.api.app import create_app
from services.api.reference import page
from services.api.settings import ApiSettings

WRITTEN = Path("docs/reference.md")


def test_reference_is_what_the_api_says_of_itself() -> None:
    """If not: python -m services.api.reference > docs/reference.md"""
    openapi = create_app(ApiSettings(development=True)).openapi()
    assert page(openapi) == WRITTEN.read_text()


def test_every_type_that_it_names_is_on_the_page() -> None:
    text = WRITTEN.read_text()
    linked = set(re.findall(r"\]\(#([a-z]+)\)", text))
    headings = set(re.findall(r"^### (\w+)$", text.lower(), re.MULTILINE))
    assert linked
    assert linked <= headings
