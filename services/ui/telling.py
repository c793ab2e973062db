"""The command that asks for a story and shows it in the terminal.

The story goes to stdout and nothing else does; whatever is said about it goes to stderr.
"""

import sys
import unicodedata
from typing import Annotated, Never

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.text import Text

from services.ui import wording
from services.ui.client import Client
from services.ui.findings import refused_input, setting_problems
from services.ui.problems import ApiError
from services.ui.settings import UiSettings
from services.ui.story import Phase, Story
from services.ui.terminal import EXIT_INTERRUPTED
from shared.events import TokenEvent
from shared.jobs import JobView
from shared.schemas import (
    GenerateRequest,
    Genre,
    Length,
    PointOfView,
    SamplingParams,
    StoryControls,
    Style,
)

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
_CONTROLS = StoryControls()
_SAMPLING = SamplingParams()


def tell(
    seed_text: Annotated[str, typer.Argument(metavar="SEED", help="What the story is about.")],
    *,
    genre: Genre = _CONTROLS.genre,
    pov: PointOfView = _CONTROLS.pov,
    style: Style = _CONTROLS.style,
    length: Length = _CONTROLS.length,
    constraint: Annotated[
        list[str] | None, typer.Option(help="May be given several times.")
    ] = None,
    temperature: float = _SAMPLING.temperature,
    top_k: int = _SAMPLING.top_k,
    top_p: float = _SAMPLING.top_p,
    repetition_penalty: float = _SAMPLING.repetition_penalty,
    max_new_tokens: int | None = None,
    stop: Annotated[list[str] | None, typer.Option(help="May be given several times.")] = None,
    seed: Annotated[int | None, typer.Option(help="The same seed: the same story.")] = None,
    seed_pull: Annotated[
        float, typer.Option(help="How much the seed's words are favoured until they occur.")
    ] = _SAMPLING.seed_pull,
    end_at_sentence: Annotated[
        bool, typer.Option(help="Let no story end within a sentence.")
    ] = _SAMPLING.end_at_sentence,
    keep_length: Annotated[
        bool, typer.Option(help="Let no new story be shorter or longer than was asked.")
    ] = _SAMPLING.keep_length,
    model: str | None = None,
    api_url: Annotated[str | None, typer.Option(help="Default: API_URL.")] = None,
) -> None:
    """Write a story and show it as it is written. Ctrl-C stops it."""
    controls = {"genre": genre, "pov": pov, "style": style, "length": length}
    sampling = {
        "temperature": temperature,
        "top_k": top_k,
        "top_p": top_p,
        "repetition_penalty": repetition_penalty,
        "max_new_tokens": max_new_tokens,
        "stop": stop or [],
        "seed": seed,
        "seed_pull": seed_pull,
        "end_at_sentence": end_at_sentence,
        "keep_length": keep_length,
    }
    try:
        request = GenerateRequest.model_validate(
            {
                "story_seed": seed_text,
                "controls": controls | ({"constraints": constraint} if constraint else {}),
                "sampling": sampling,
                "model": model,
            }
        )
    except ValidationError as error:
        _fail(refused_input(error), EXIT_BAD_INPUT)
    with Client(_settings(api_url)) as client:
        _run(client, request)


def printable(text: str) -> str:
    """The text without what a terminal might obey: only newline and tab remain of the controls."""
    return "".join(char for char in text if char in "\n\t" or unicodedata.category(char) != "Cc")


def _settings(api_url: str | None) -> UiSettings:
    try:
        return UiSettings.model_validate({"api_url": api_url} if api_url else {})
    except ValidationError as error:
        for line in setting_problems(error):
            _note(f"Error: {line}")
        raise typer.Exit(EXIT_BAD_INPUT) from None


def _run(client: Client, request: GenerateRequest) -> None:
    job: JobView | None = None
    try:
        job = client.jobs.create(request)
        story = _follow(client, job)
    except KeyboardInterrupt:
        _stop(client, job)
        raise typer.Exit(EXIT_INTERRUPTED) from None
    except ApiError as error:
        _fail(error, EXIT_FAILED)
    if story.error is not None:
        _fail(story.error, EXIT_FAILED)
    _note(wording.status(story))
    if story.phase is not Phase.DONE:
        raise typer.Exit(EXIT_FAILED)


def _follow(client: Client, job: JobView) -> Story:
    """Show the story to its end and return it, with the job as it was then."""
    story = Story()
    try:
        for event in client.jobs.watch(job.id):
            told, story = story, story.after(event)
            if isinstance(event, TokenEvent):
                # Until the first word, all that came is white space that begins no story.
                new = event.text if told.text.strip() else story.text.lstrip()
                sys.stdout.write(printable(new))
                sys.stdout.flush()
            elif (story.phase is Phase.QUEUED or story.is_resuming) and not (
                # In a terminal, a word about a new worker would cut the sentence in two.
                story.text and sys.stdout.isatty()
            ):
                _note(wording.status(story))
    finally:
        if story.text:
            sys.stdout.write("\n")
            sys.stdout.flush()
    return story.told_by(client.jobs.read(job.id))


def _stop(client: Client, job: JobView | None) -> None:
    if job is None:
        _note("Interrupted before the story was accepted.")
        return
    try:
        client.jobs.cancel(job.id)
    except ApiError as error:
        _note(f"Interrupted; the story could not be stopped. {wording.error_line(error)}")
    else:
        _note("Stopped.")


def _note(text: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(printable(text), style="dim"))


def _fail(error: ApiError, exit_code: int) -> Never:
    _note(f"Error: {wording.error_line(error)}")
    raise typer.Exit(exit_code)
