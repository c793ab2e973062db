"""`once write`: ask for a story and show it as it is written."""

from enum import StrEnum
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from services.ui.findings import refused_input
from services.ui.terminal.exits import Exit
from services.ui.terminal.session import ApiUrl, Json, Session, session
from services.ui.terminal.watch import follow
from shared.jobs import JobView
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, Genre, Length, PointOfView, StoryControls, Style

_CONTROLS = StoryControls()
_SAMPLING = SamplingParams()


def _one_of(choices: type[StrEnum]) -> Any:
    """An option whose choices are too many for one line: help is broken between words."""
    return typer.Option(metavar="NAME", help=f"{', '.join(choices)}.")


def write(
    seed_text: Annotated[str, typer.Argument(metavar="SEED", help="What the story is about.")],
    *,
    genre: Annotated[Genre, _one_of(Genre)] = _CONTROLS.genre,
    pov: PointOfView = _CONTROLS.pov,
    style: Annotated[Style, _one_of(Style)] = _CONTROLS.style,
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
    as_json: Json = False,
    api_url: ApiUrl = None,
) -> None:
    """Have a story written, and show it meanwhile. Ctrl-C leaves it alone: it goes on."""
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
    with session(api_url, as_json) as here:
        request = _request(
            {
                "story_seed": seed_text,
                "controls": controls | ({"constraints": constraint} if constraint else {}),
                "sampling": sampling,
                "model": model,
            }
        )
        follow(here, _accepted(here, request))


def _request(asked: dict[str, object]) -> GenerateRequest:
    """Raises InvalidError, before anything is sent."""
    try:
        return GenerateRequest.model_validate(asked)
    except ValidationError as error:
        raise refused_input(error) from None


def _accepted(here: Session, request: GenerateRequest) -> JobView:
    try:
        return here.client.jobs.create(request)
    except KeyboardInterrupt:
        said = (
            "Interrupted before the service answered; if it took the story, `once list` shows it."
        )
        here.output.warn(said)
        raise typer.Exit(Exit.INTERRUPTED) from None
