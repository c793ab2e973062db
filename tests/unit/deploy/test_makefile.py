"""`make test` leaves no test out."""

import re
from pathlib import Path


def test_what_needs_the_machine_to_itself_lies_where_make_looks_for_it() -> None:
    [options] = re.findall(r"pytest -m alone (.*)", Path("Makefile").read_text())
    folders = [word for word in options.split() if word.startswith("tests/")]
    alone = [
        path
        for path in Path("tests").rglob("test_*.py")
        if re.search(r"mark\.alone", path.read_text())
    ]
    assert alone
    for path in alone:
        assert any(path.is_relative_to(folder) for folder in folders), path
