"""From how a story is to go on to the request for it. Pure."""

from pydantic import ValidationError

from services.api.errors import InvalidFieldsError
from services.api.library.tree import Node, Tree
from shared.errors import UnfinishedError
from shared.library import Telling
from shared.prompts import shorten
from shared.sampling import SamplingParams
from shared.schemas import MAX_SO_FAR_CHARS, GenerateRequest


def request_for(telling: Telling, tree: Tree, *, parent: Node, like: Node) -> GenerateRequest:
    """For a child of `parent`; what is not given of the words, the controls and the sampling is as
    it was for `like`, but for the seed.

    Raises UnfinishedError while the parent is being written, and InvalidFieldsError if what is
    given does not go together with what is not.
    """
    if parent.status is not None and not parent.status.is_terminal:
        raise UnfinishedError("Wait until this passage is written, or stop it.")
    former = tree.last_request(like)
    sampling = former.sampling.model_copy(update={"seed": None}) if former else SamplingParams()
    kept = shorten(tree.text_to(parent), lambda text: len(text) <= MAX_SO_FAR_CHARS)
    try:
        return GenerateRequest(
            story_seed=like.story_seed,
            story_so_far=kept if kept.strip() else None,
            memory=_or_former(telling.memory, former.memory if former else None),
            author_note=_or_former(telling.author_note, former.author_note if former else None),
            controls=telling.controls or like.controls,
            sampling=telling.sampling or sampling,
            model=telling.model or (former.model if former else None),
        )
    except ValidationError as error:
        raise InvalidFieldsError(error.errors(include_url=False)) from error


def _or_former(given: str | None, former: str | None) -> str | None:
    return former if given is None else given
