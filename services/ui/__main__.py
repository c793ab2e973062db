"""`python -m services.ui` becomes Streamlit, with the options that it always runs under."""

import os
import sys
from pathlib import Path

from services.ui.settings import UiSettings

_PALETTE = {
    "light.primaryColor": "#8a4b2a",
    "light.backgroundColor": "#fbf8f3",
    "light.secondaryBackgroundColor": "#f1ebe1",
    "light.textColor": "#2b2622",
    "dark.primaryColor": "#a8623a",
    "dark.backgroundColor": "#191613",
    "dark.secondaryBackgroundColor": "#26211d",
    "dark.textColor": "#e9e2d8",
}


def command(settings: UiSettings) -> list[str]:
    """Nothing is sent anywhere (no statistics), and no file is watched in a service."""
    options = {
        "server.address": settings.ui_host,
        "server.port": str(settings.ui_port),
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        **{f"theme.{name}": colour for name, colour in _PALETTE.items()},
    }
    script = Path(__file__).with_name("app.py")
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(script), *flags]


if __name__ == "__main__":
    arguments = command(UiSettings())
    os.execv(arguments[0], arguments)
