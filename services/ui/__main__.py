"""`python -m services.ui` becomes Streamlit, with the options that it always runs under."""

import os
import sys
from pathlib import Path

from pydantic import ValidationError

from services.ui import palette
from services.ui.findings import setting_problems
from services.ui.settings import UiSettings

EXIT_BAD_SETTING = 2


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
        # A page shows what it is told to, not every string that stands alone in its file.
        "runner.magicEnabled": "false",
        **{f"theme.{name}": colour for name, colour in palette.THEME.items()},
    }
    script = Path(__file__).with_name("server.py")
    flags = [f"--{name}={value}" for name, value in options.items()]
    return [sys.executable, "-m", "streamlit", "run", str(script), *flags]


def main() -> None:
    try:
        arguments = command(UiSettings())
    except ValidationError as error:
        sys.stderr.writelines(f"{line}\n" for line in setting_problems(error))
        sys.exit(EXIT_BAD_SETTING)
    os.execv(arguments[0], arguments)


if __name__ == "__main__":
    main()
