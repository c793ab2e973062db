"""The server's log: our lines and Streamlit's in one form."""

import json
import subprocess
import sys

PROGRAM = """
import logging, structlog
from services.ui.server import speak_with_one_voice
from services.ui.settings import UiSettings
from streamlit.logger import get_logger
theirs = get_logger("streamlit.web.server")
speak_with_one_voice(UiSettings(log_format="json", log_level="INFO"))
structlog.get_logger("ours").info("hello", job_id="j")
theirs.warning("beware")
"""


def test_every_line_is_json_that_names_the_service() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
    )
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["event"] for line in lines] == ["hello", "beware"]
    assert {line["service"] for line in lines} == {"ui"}
    assert lines[0]["job_id"] == "j"
