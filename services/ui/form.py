"""The form that describes a story. Knows which widgets exist, not what becomes of the request."""

from dataclasses import dataclass
from enum import StrEnum

import streamlit as st
from pydantic import ValidationError
from streamlit.delta_generator import DeltaGenerator

from services.ui.findings import refused_input
from services.ui.problems import ApiError
from services.ui.wording import label
from shared.schemas import (
    MAX_CONSTRAINTS,
    MAX_STOP_STRINGS,
    GenerateRequest,
    Genre,
    Length,
    PointOfView,
    SamplingParams,
    StoryControls,
    Style,
)

SUGGESTED_CONSTRAINTS = ("avoid explicit content", "a happy ending", "no violence")


@dataclass(frozen=True, slots=True)
class FormAnswer:
    """Exactly one of the two is set: what was asked for, or why that makes no request."""

    request: GenerateRequest | None = None
    refused: ApiError | None = None


def story_form(draft: GenerateRequest | None, *, busy: bool) -> FormAnswer | None:
    """Draw the form, at first filled from `draft`. Answers once after each press of Write."""
    controls = draft.controls if draft else StoryControls()
    sampling = draft.sampling if draft else SamplingParams()
    with st.form("story", border=False):
        story_seed = st.text_area(
            label("story_seed"),
            value=draft.story_seed if draft else "",
            height=120,
            placeholder="A lighthouse keeper who hears mysterious music from the sea…",
        )
        chosen = _controls(controls)
        with st.expander("Advanced: how the words are drawn"):
            drawn = _sampling(sampling)
        written = st.form_submit_button("Write", type="primary", width="stretch", disabled=busy)
    if not written:
        return None
    try:
        request = GenerateRequest.model_validate(
            {"story_seed": story_seed, "controls": chosen, "sampling": drawn}
        )
    except ValidationError as error:
        return FormAnswer(refused=refused_input(error))
    return FormAnswer(request=request)


def _controls(controls: StoryControls) -> dict[str, object]:
    first, second = st.columns(2), st.columns(2)
    return {
        "genre": _choice(first[0], label("genre"), Genre, controls.genre),
        "pov": _choice(first[1], label("pov"), PointOfView, controls.pov),
        "style": _choice(second[0], label("style"), Style, controls.style),
        "length": _choice(second[1], label("length"), Length, controls.length),
        "constraints": st.multiselect(
            label("constraints"),
            list(dict.fromkeys([*controls.constraints, *SUGGESTED_CONSTRAINTS])),
            default=controls.constraints,
            accept_new_options=True,
            max_selections=MAX_CONSTRAINTS,
            placeholder="Choose, or type your own",
        ),
    }


def _choice(place: DeltaGenerator, name: str, words: type[StrEnum], chosen: StrEnum) -> str:
    options = [word.value for word in words]
    return place.selectbox(name, options, options.index(chosen), format_func=str.capitalize)


def _sampling(sampling: SamplingParams) -> dict[str, object]:
    left, right = st.columns(2)
    return {
        "temperature": left.number_input(
            label("temperature"),
            value=sampling.temperature,
            step=0.05,
            help="Higher is bolder; 0 always takes the likeliest word.",
        ),
        "top_p": right.number_input(
            label("top_p"), value=sampling.top_p, step=0.01, help="1 switches it off."
        ),
        "top_k": left.number_input(
            label("top_k"), value=sampling.top_k, step=1, help="0 switches it off."
        ),
        "repetition_penalty": right.number_input(
            label("repetition_penalty"), value=sampling.repetition_penalty, step=0.05
        ),
        "max_new_tokens": left.number_input(
            label("max_new_tokens"), value=sampling.max_new_tokens, step=1, placeholder="automatic"
        ),
        # Text, not a number: a seed may be larger than a browser's exact numbers.
        "seed": right.text_input(
            label("seed"),
            value="" if sampling.seed is None else str(sampling.seed),
            placeholder="drawn at random",
            help="The same seed and settings give the same story.",
        ).strip()
        or None,
        "seed_pull": left.number_input(
            label("seed_pull"),
            value=sampling.seed_pull,
            step=0.5,
            help="How much the seed's words are favoured until they occur; 0 switches it off.",
        ),
        "end_at_sentence": right.checkbox(
            label("end_at_sentence"),
            value=sampling.end_at_sentence,
            help="A story near its limit ends after a sentence, not within one.",
        ),
        "stop": st.multiselect(
            label("stop"),
            sampling.stop,
            default=sampling.stop,
            accept_new_options=True,
            max_selections=MAX_STOP_STRINGS,
            placeholder="Type a text that ends the story",
        ),
    }
