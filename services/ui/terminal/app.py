"""The commands of `once`, put together."""

import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from services.ui.codes import UiCode
from services.ui.terminal.bench import bench
from services.ui.terminal.exits import EXPLAINED, Exit
from services.ui.terminal.export import export
from services.ui.terminal.jobs import cancel, list_jobs, verify
from services.ui.terminal.output import Output
from services.ui.terminal.status import status
from services.ui.terminal.watch import watch
from services.ui.terminal.write import write
from shared.client import InvalidError
from shared.version import VERSION


class Commands(TyperGroup):
    """Says in JSON, too, that a command is not valid, if it was to speak JSON."""

    def main(self, args: Sequence[str] | None = None, *others: Any, **more: Any) -> Any:
        if "--json" not in (sys.argv[1:] if args is None else args):
            return super().main(args, *others, **more)
        try:
            sys.exit(super().main(args, *others, **{**more, "standalone_mode": False}))
        except typer.TyperException as error:
            said = InvalidError(UiCode.INVALID_INPUT, error.format_message())
            Output(is_json=True).fail(said)
            sys.exit(Exit.INVALID)


app = typer.Typer(
    cls=Commands,
    help="Stories from the service at API_URL, with the key in API_KEY.",
    epilog=EXPLAINED,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # its tables cut the names of options, at 80 columns already
)
app.command()(write)
app.command()(watch)
app.command("list")(list_jobs)
app.command()(cancel)
app.command()(verify)
app.command()(export)
app.command()(status)
app.command()(bench)


def _tell_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"once {VERSION}")
        raise typer.Exit


@app.callback()
def _once(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_tell_version, help="Tell which Once this is."
        ),
    ] = False,
) -> None:
    """What stands before a command."""
