"""What goes to which stream: what was asked for to stdout, whatever is said about it to stderr.

In a terminal it is laid out; in a pipe it is plain, a line for each thing, its fields parted by
tabs. With `--json` it is JSON in ASCII, and an error is a JSON object on stderr.
"""

import contextlib
import json
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

from services.ui import wording
from services.ui.terminal.prose import Prose
from shared.client import ApiError

_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Text that holds these shows as another one."""
LAST_COLUMNS = 10
"""Of a table's last column: the beginning of a seed says which story it is."""
GAP = 2
"""Between the columns of a table."""


@dataclass(frozen=True, slots=True)
class Output:
    is_json: bool

    @property
    def is_terminal(self) -> bool:
        return sys.stdout.isatty()

    def json(self, value: object) -> None:
        """One line, without a character that a terminal might obey."""
        self.write(json.dumps(value) + "\n")

    def write(self, text: str) -> None:
        """At once, as it is."""
        sys.stdout.write(text)
        sys.stdout.flush()

    def prose(self) -> Callable[[str], str]:
        """Makes of a text's pieces, one after another, what is to be written."""
        return Prose(shutil.get_terminal_size().columns).take if self.is_terminal else str

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        shown = [[one_line(cell) for cell in row] for row in rows]
        if not self.is_terminal:
            self.write("".join("\t".join(row) + "\n" for row in shown))
            return
        _lay_out(columns, shown)

    def facts(self, told: Mapping[str, str]) -> None:
        """A line for each fact."""
        shown = [(name, one_line(value)) for name, value in told.items()]
        if self.is_terminal:
            _print_facts(shown)
        else:
            self.write("".join(f"{name}\t{value}\n" for name, value in shown))

    @contextlib.contextmanager
    def waiting(self) -> Iterator["Waiting"]:
        """For what is true for a while only: in a terminal it goes when that is over."""
        shows = sys.stderr.isatty() and not self.is_json
        status = Console(stderr=True).status("") if shows else None
        waiting = Waiting(self, status)
        try:
            yield waiting
        finally:
            waiting.is_over()

    def note(self, text: str) -> None:
        if not self.is_json:
            _say(text, "dim")

    def warn(self, text: str) -> None:
        """With `--json`, too."""
        _say(text, "yellow")

    def fail(self, error: ApiError) -> None:
        if self.is_json:
            sys.stderr.write(json.dumps({"error": _told(error)}) + "\n")
        else:
            _say(f"Error: {wording.error_line(error)}", "red")


@dataclass(frozen=True, slots=True)
class Waiting:
    output: Output
    status: Status | None

    def tell(self, text: str) -> None:
        if self.status is None:
            self.output.note(text)
            return
        self.status.update(Text(printable(text), style="dim"))
        self.status.start()

    def is_over(self) -> None:
        if self.status is not None:
            self.status.stop()


def _lay_out(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A line for each row, which may cut the last cell off; if too narrow, a line for each cell."""
    console = Console(highlight=False)
    *widths, last = [max(map(cell_len, column)) for column in zip(columns, *rows, strict=True)]
    left = console.width - sum(widths) - GAP * len(widths)
    if left < min(last, LAST_COLUMNS):
        for row in rows:
            console.print()
            _print_facts(zip(columns, row, strict=True))
        return
    table = Table(box=None, header_style="bold", pad_edge=False, padding=(0, GAP, 0, 0))
    for name in columns:
        table.add_column(name, no_wrap=True)
    for row in rows:
        *cells, end = map(Text, row)
        end.truncate(left, overflow="ellipsis")
        table.add_row(*cells, end)
    console.print(table)


def _print_facts(told: Iterable[tuple[str, str]]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")  # a hash is of use as a whole only
    for name, value in told:
        table.add_row(name, Text(value))
    Console(highlight=False).print(table)


def printable(text: str) -> str:
    """The text without what a terminal might obey: only newline and tab remain of the controls."""
    return "".join(
        char
        for char in text
        if char in "\n\t" or not (unicodedata.category(char) == "Cc" or char in _REORDERING)
    )


def one_line(text: str) -> str:
    return printable(" ".join(text.split()))


def _say(text: str, style: str) -> None:
    console = Console(stderr=True, highlight=False)
    # In a pipe it is one line, however long.
    console.print(Text(printable(text), style=style), soft_wrap=not console.is_terminal)


def _told(error: ApiError) -> dict[str, Any]:
    return {
        "code": error.code,
        "detail": error.detail,
        "status": error.status,
        "fields": [field.model_dump() for field in error.fields],
        "retry_after": error.retry_after,
    }
