"""What stands in the page's fields, valid or not. Pure: knows no widgets."""

from dataclasses import dataclass, field, fields, replace
from typing import Self

from pydantic import ValidationError

from shared.library import Telling
from shared.sampling import SamplingParams
from shared.schemas import GenerateRequest, StoryControls

_CONTROLS = StoryControls()
_SAMPLING = SamplingParams()


@dataclass(slots=True)
class Sheet:
    """One attribute for each field, under the name that the request has for it."""

    story_seed: str = ""
    genre: str = _CONTROLS.genre.value
    pov: str = _CONTROLS.pov.value
    style: str = _CONTROLS.style.value
    length: str = _CONTROLS.length.value
    constraints: list[str] = field(default_factory=lambda: list(_CONTROLS.constraints))
    memory: str = ""
    author_note: str = ""
    temperature: float = _SAMPLING.temperature
    top_p: float = _SAMPLING.top_p
    top_k: int = _SAMPLING.top_k
    repetition_penalty: float = _SAMPLING.repetition_penalty
    max_new_tokens: int | None = None
    seed: str = ""
    """As text: a seed may be larger than a browser's exact numbers."""
    seed_pull: float = _SAMPLING.seed_pull
    end_at_sentence: bool = _SAMPLING.end_at_sentence
    keep_length: bool = _SAMPLING.keep_length
    stop: list[str] = field(default_factory=list)

    @classmethod
    def like(cls, controls: StoryControls, request: GenerateRequest | None, seed: str) -> Self:
        """As a passage was told, but for the sampling seed: the next one has another."""
        sampling = request.sampling if request else _SAMPLING
        return cls(
            story_seed=seed,
            genre=controls.genre.value,
            pov=controls.pov.value,
            style=controls.style.value,
            length=controls.length.value,
            constraints=list(controls.constraints),
            memory=(request.memory if request else None) or "",
            author_note=(request.author_note if request else None) or "",
            temperature=sampling.temperature,
            top_p=sampling.top_p,
            top_k=sampling.top_k,
            repetition_penalty=sampling.repetition_penalty,
            max_new_tokens=sampling.max_new_tokens,
            seed_pull=sampling.seed_pull,
            end_at_sentence=sampling.end_at_sentence,
            keep_length=sampling.keep_length,
            stop=list(sampling.stop),
        )

    def completed(self, guessed: Self, known: Self) -> Self:
        """As is known by now, but for what was typed over the guess."""
        names = [each.name for each in fields(self)]
        left = [name for name in names if getattr(self, name) == getattr(guessed, name)]
        return replace(self, **{name: getattr(known, name) for name in left})

    def request(self) -> GenerateRequest:
        """A new story. Raises pydantic.ValidationError that names the refused fields."""
        return GenerateRequest.model_validate(
            {
                "story_seed": self.story_seed,
                "controls": self.controls(),
                "sampling": self._sampling() | {"seed": self.seed.strip() or None},
                "memory": self.memory or None,
                "author_note": self.author_note or None,
            }
        )

    def telling(self, *, draws_seed: bool = False) -> Telling:
        """How a story goes on, an empty field being none. Raises pydantic.ValidationError.

        What is told again needs a seed of its own, or it would be the same.
        """
        seed = None if draws_seed else self.seed.strip() or None
        return Telling.model_validate(
            {
                "controls": self.controls(),
                "sampling": self._sampling() | {"seed": seed},
                "memory": self.memory,
                "author_note": self.author_note,
            }
        )

    def controls(self) -> dict[str, object]:
        """The fields of StoryControls, valid or not."""
        names = ("genre", "pov", "style", "length", "constraints")
        return {name: getattr(self, name) for name in names}

    def showable(self) -> Self:
        """The same, but for a choice that there is not. A text is kept, valid or not."""
        try:
            StoryControls.model_validate(self.controls())
        except ValidationError as error:
            # The place of one constraint has a second part: its number.
            places = [each["loc"] for each in error.errors()]
            unknown = [str(place[0]) for place in places if len(place) == 1]
            return replace(self, **{name: getattr(type(self)(), name) for name in unknown})
        return self

    def _sampling(self) -> dict[str, object]:
        names = set(SamplingParams.model_fields) - {"seed", "logprobs"}
        return {name: getattr(self, name) for name in names}
