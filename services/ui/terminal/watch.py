"""`once watch`: a story as it is written, from its first word or behind those that one has."""

from dataclasses import replace
from typing import Annotated

import typer

from services.ui import wording
from services.ui.story import Phase, Story
from services.ui.terminal.exits import Exit
from services.ui.terminal.output import printable
from services.ui.terminal.session import ApiUrl, JobId, Json, Session, fail, session
from shared.events import TokenEvent
from shared.jobs import JobView


def watch(
    job: JobId,
    *,
    after: Annotated[int, typer.Option(min=0, help="Tokens that you have already.")] = 0,
    as_json: Json = False,
    api_url: ApiUrl = None,
) -> None:
    """Show a story that waits, runs or has ended. Ctrl-C leaves it alone."""
    with session(api_url, as_json) as here:
        follow(here, here.client.jobs.read(job), after=after)


def follow(here: Session, job: JobView, *, after: int = 0) -> None:
    """Show the story to its end, and end the command unless it ended well."""
    if here.output.is_json:
        here.output.json({"type": "job", "job": job.model_dump(mode="json")})
    try:
        story = _shown(here, job, after)
    except KeyboardInterrupt:
        here.output.warn(f"Interrupted; the story goes on. Watch it again: once watch {job.id}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    if story.error is not None:
        fail(here.output, story.error)
    here.output.note(wording.status(story))
    if story.phase is not Phase.DONE:
        raise typer.Exit(Exit.FAILED)


def _shown(here: Session, job: JobView, after: int) -> Story:
    """The whole story at its end, whatever was shown of it, with the job as it was then."""
    story = Story()
    to_show = here.output.prose()
    try:
        with here.output.waiting() as waiting:
            for event in here.client.jobs.watch(job.id, after=after):
                told, story = story, story.after(event)
                if here.output.is_json:
                    here.output.json(event.model_dump(mode="json"))
                elif isinstance(event, TokenEvent):
                    waiting.is_over()
                    here.output.write(to_show(printable(_piece(event, told, story, after))))
                elif _tells_waiting(here, story):
                    waiting.tell(wording.status(story))
    finally:
        if story.text and not here.output.is_json:
            here.output.write("\n")
    ended = here.client.jobs.read(job.id)
    return replace(story, text=ended.text, tokens=ended.usage.completion_tokens, job=ended)


def _piece(event: TokenEvent, told: Story, story: Story, after: int) -> str:
    """Until the first word, all that came is white space that begins no story."""
    return event.text if after or told.text.strip() else story.text.lstrip()


def _tells_waiting(here: Session, story: Story) -> bool:
    """In a terminal, a word about a new worker would cut the sentence in two."""
    is_told = story.phase is Phase.QUEUED or story.is_resuming
    return is_told and not (story.text and here.output.is_terminal)
