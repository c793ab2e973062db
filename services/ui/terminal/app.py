"""The commands of `once`, put together."""

import typer

from services.ui.terminal.bench import bench
from services.ui.terminal.exits import EXPLAINED
from services.ui.terminal.export import export
from services.ui.terminal.jobs import cancel, list_jobs, verify
from services.ui.terminal.status import status
from services.ui.terminal.watch import watch
from services.ui.terminal.write import write

app = typer.Typer(
    help="Stories from the service at API_URL, with the key in API_KEY.",
    epilog=EXPLAINED,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.command()(write)
app.command()(watch)
app.command("list")(list_jobs)
app.command()(cancel)
app.command()(verify)
app.command()(export)
app.command()(status)
app.command()(bench)
