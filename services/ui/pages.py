"""The pages, by what stands in their address: each is `views/<title, in small letters>.py`."""

PAGES = {
    "": "Write",
    "library": "Library",
    "compare": "Compare",
    "insights": "Insights",
    "operations": "Operations",
}


def tab_title(page: str) -> str:
    return f"{page} · Once"
