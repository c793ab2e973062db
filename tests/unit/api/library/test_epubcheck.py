"""Our books under EPUBCheck, the examination that bookshops use."""

import json
import shutil
import subprocess
import uuid
from pathlib import Path

import pytest

from services.api.library.epub import Book, as_epub

EPUBCHECK = shutil.which("epubcheck")
HOSTILE = "# <b>x</b> & ![x](http://evil/x.png) </p><script>1</script> ]]> <!-- \"' \x00\x0b\ufffe"
LINES = "One line.\nAnother one.\n\n\n  indented\tand tabbed  \r\nlast"
SCRIPTS = "むかしむかし、狐が。\nكان يا ما كان ثعلب\nЖила-была лиса 🦊 e\u0301 \u00ad\u200b\u2028"
ID = uuid.UUID(int=1)
BOOKS = {
    "next to nothing": Book(ID, "\ufffe.", "\u200b.", 1.0, ""),
    "markup and lines of all kinds": Book(
        ID, HOSTILE, HOSTILE, 1e9, "\n".join(["Once.", "", LINES, " \n\x00", SCRIPTS, HOSTILE * 50])
    ),
    "other scripts, as long as can be": Book(
        ID, (SCRIPTS * 9)[:200], (SCRIPTS * 99)[:2000], 4e9, "z" * 100_000
    ),
}


@pytest.mark.skipif(EPUBCHECK is None, reason="no EPUBCheck (apt-get install epubcheck)")
@pytest.mark.parametrize("name", BOOKS)
def test_book_is_sound(name: str, tmp_path: Path) -> None:
    assert examined(as_epub(BOOKS[name]), tmp_path) == []


def examined(content: bytes, folder: Path) -> list[str]:
    """Every error and warning."""
    book, report = folder / "book.epub", folder / "report.json"
    book.write_bytes(content)
    # Java is named, as the command is a Java archive that not every kernel runs. Optimising this
    # short run costs four times what it saves.
    # fmt: off
    command = [
        "java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-jar", str(EPUBCHECK),
        str(book), "--json", str(report),
    ]
    # fmt: on
    done = subprocess.run(command, capture_output=True, text=True, timeout=90, check=False)
    assert report.exists(), done.stderr
    return [
        f"{each['severity']} {each['ID']}: {each['message']}"
        for each in json.loads(report.read_text())["messages"]
    ]
