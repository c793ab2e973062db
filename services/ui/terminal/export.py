"""`once export`: a story as a file."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from services.ui.codes import UiCode
from services.ui.terminal.output import Output, printable
from services.ui.terminal.session import ApiUrl, Json, session
from shared.client import Client, InvalidError, NotThereError
from shared.library import FileFormat, NewStory


def export(
    name: Annotated[
        str, typer.Argument(metavar="JOB|STORY", help="A job, or a story of the library.")
    ],
    *,
    form: Annotated[FileFormat, typer.Option("--format", help="What to make of it.")] = (
        FileFormat.TXT
    ),
    file: Annotated[
        Path | None, typer.Option("--output", "-o", help="Where to; to stdout, if not given.")
    ] = None,
    as_json: Json = False,
    api_url: ApiUrl = None,
) -> None:
    """Write a story to a file or to stdout. A job's story is put into the library for that."""
    with session(api_url, as_json) as here:
        if file is None and form is FileFormat.EPUB:
            raise InvalidError(UiCode.INVALID_INPUT, "An EPUB needs a file: --output FILE")
        story_id = _story_of(here.client, name)
        content = here.client.stories.export(story_id, form)
        about: dict[str, object] = {"story": story_id, "format": form.value}
        if file is not None:
            _keep(file, content)
            about |= {"file": str(file), "bytes": len(content)}
            here.output.note(f"{file}: {len(content)} bytes")
        elif as_json:
            about["content"] = content.decode()
        else:
            text = content.decode()
            here.output.write(_shown(here.output, text, form))
        if as_json:
            here.output.json(about)


def _shown(output: Output, text: str, form: FileFormat) -> str:
    if not output.is_terminal:
        return text
    # A line break within its strings would spoil JSON.
    return printable(text) if form is FileFormat.JSON else output.prose()(printable(text))


def _story_of(client: Client, name: str) -> str:
    """A story's own id, or that of the story which the job begins: the same one, whoever asks."""
    try:
        return client.stories.read(name).id
    except NotThereError as error:
        try:
            new = NewStory(job_id=name)
        except ValidationError:  # It is too long to be an id.
            raise error from None
        return client.stories.create(new).id


def _keep(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        detail = f"{file} cannot be written: {error.strerror}."
        raise InvalidError(UiCode.INVALID_INPUT, detail) from error
