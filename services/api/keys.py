"""`python -m services.api.keys`: make, list and revoke the keys that let callers in."""

import asyncio
import datetime
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import typer

from services.api.admission.callers import MAX_TENANT_CHARS, Scope
from services.api.admission.keyring import is_valid
from services.api.admission.keys import make_key
from services.api.db import api_keys
from services.api.db.database import Database
from services.api.db.migrate import prepare
from services.api.db.models import ApiKey
from services.api.settings import LibrarySettings
from shared.errors import LibraryUnavailableError
from shared.settings import load_settings

T = TypeVar("T")
DAY_SECONDS = 24 * 3600
DEFAULT_SCOPES = (Scope.READ, Scope.WRITE)
app = typer.Typer(help=__doc__, no_args_is_help=True, add_completion=False)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What the key is for, as `list` shows it.")],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(help="May be given several times; read and write, if not given."),
    ] = None,
    tenant: Annotated[
        str | None, typer.Option(help="Whose jobs and stories it opens; the name, if not given.")
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, help="After so many it is over.")] = None,
) -> None:
    """Make a key, and show it: nobody can show it again."""
    if name == api_keys.ROOM:
        raise typer.BadParameter("A deployment gives the writing room its key by UI_API_KEY.")
    owner = name if tenant is None else tenant
    if not (name.strip() and owner.strip()):
        raise typer.BadParameter("A name and a tenant have more than blanks.")
    if len(owner) > MAX_TENANT_CHARS:
        raise typer.BadParameter(f"A tenant has {MAX_TENANT_CHARS} characters at most.")
    key = make_key()
    expires_at = time.time() + days * DAY_SECONDS if days else None
    row = api_keys.new_key(
        key, name=name, tenant=owner, scopes=scope or DEFAULT_SCOPES, expires_at=expires_at
    )

    async def keep(database: Database) -> None:
        async with database.writing() as session:
            session.add(row)

    _run(keep)
    typer.echo(f"Key {row.id} of {owner!r}; keep it, it is shown this once:", err=True)
    typer.echo(key)


@app.command("list")
def list_keys() -> None:
    """Show all keys, but not what they are."""

    async def read(database: Database) -> Sequence[ApiKey]:
        async with database.reading() as session:
            return await api_keys.all_keys(session)

    for key in _run(read):
        scopes = ",".join(key.scopes)
        typer.echo(f"{key.id}  {_state(key):<18}  {scopes:<18}  {key.tenant!r}  {key.name!r}")


@app.command()
def revoke(key_id: Annotated[str, typer.Argument(help="The id that `list` shows.")]) -> None:
    """Let a key in no more; APIs notice within seconds."""

    async def end(database: Database) -> ApiKey | None:
        async with database.writing() as session:
            return await api_keys.revoke(session, key_id)

    key = _run(end)
    if key is None:
        raise typer.BadParameter(f"There is no key {key_id!r}.")
    typer.echo(f"{key.name!r} is revoked.")


def _state(key: ApiKey) -> str:
    if key.revoked_at is not None:
        return "revoked"
    if not is_valid(key):
        return "over"
    if key.expires_at is None:
        return "valid"
    until = datetime.datetime.fromtimestamp(key.expires_at, datetime.UTC)
    return f"until {until:%Y-%m-%d}"


def _run(work: Callable[[Database], Awaitable[T]]) -> T:
    """On the database that DATABASE_URL names. Ends the process if it cannot be reached."""
    settings = load_settings(LibrarySettings)
    try:
        return asyncio.run(_on_database(settings, work))
    except LibraryUnavailableError as error:
        raise SystemExit(error.detail) from None


async def _on_database(settings: LibrarySettings, work: Callable[[Database], Awaitable[T]]) -> T:
    database = Database(settings.database_url)
    try:
        if database.is_local:
            await prepare(database, None)
        return await work(database)
    finally:
        await database.close()


if __name__ == "__main__":
    app()
