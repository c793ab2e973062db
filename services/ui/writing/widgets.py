"""The fields that describe a story: what it is about and like, what the model keeps in mind.

Knows which widgets exist, not where they stand or what becomes of them.
"""

from enum import StrEnum

import streamlit as st

from services.ui.wording import label
from services.ui.writing.fields import key
from shared.sampling import MAX_STOP_STRINGS
from shared.schemas import MAX_CONSTRAINTS, Genre, Length, PointOfView, Style

ADVANCED = "Advanced: how the words are drawn"
SUGGESTED_CONSTRAINTS = ("avoid explicit content", "a happy ending", "no violence")


def story_seed() -> None:
    st.text_area(
        label("story_seed"),
        key=key("story_seed"),
        height=120,
        placeholder="A lighthouse keeper who hears mysterious music from the sea…",
    )


def controls() -> None:
    left, right = st.columns(2)
    with left:
        _choice("genre", Genre)
    with right:
        _choice("length", Length)
    _choice("style", Style)
    _choice("pov", PointOfView)
    _own_words(
        "constraints",
        SUGGESTED_CONSTRAINTS,
        most=MAX_CONSTRAINTS,
        placeholder="Choose, or type your own",
    )


def mind() -> None:
    st.text_area(
        label("memory"),
        key=key("memory"),
        height=90,
        placeholder="Ada keeps the lighthouse. She is afraid of the sea.",
        help="Facts that the model reads before the story, however long that becomes.",
    )
    st.text_area(
        label("author_note"),
        key=key("author_note"),
        height=68,
        placeholder="A storm is coming up.",
        help="What matters now. The model reads it close to the story's end, so it weighs most.",
    )


def sampling() -> None:
    left, right = st.columns(2)
    with left:
        _number("temperature", 0.05, "Higher is bolder; 0 always takes the likeliest word.")
        _number("top_k", 1, "0 switches it off.")
        st.number_input(
            label("max_new_tokens"),
            key=key("max_new_tokens"),
            value=None,
            step=1,
            placeholder="automatic",
        )
        _number(
            "seed_pull",
            0.5,
            "How much the seed's words are favoured until they occur; 0 switches it off.",
        )
    with right:
        _number("top_p", 0.01, "1 switches it off.")
        _number("repetition_penalty", 0.05, "1 switches it off.")
        st.text_input(
            label("seed"),
            key=key("seed"),
            placeholder="random",
            help="The same seed and settings give the same story. "
            "Retry and alternatives draw their own.",
        )
    st.checkbox(
        label("end_at_sentence"),
        key=key("end_at_sentence"),
        help="A story near its limit ends after a sentence, not within one.",
    )
    st.checkbox(
        label("keep_length"),
        key=key("keep_length"),
        help="A story, or a passage that goes on, does not end before it is as long as was asked, "
        "and ends before it is longer. Max tokens overrides it.",
    )
    _own_words("stop", (), most=MAX_STOP_STRINGS, placeholder="A text to end at")


def _choice(name: str, words: type[StrEnum]) -> None:
    options = [word.value for word in words]
    st.selectbox(label(name), options, key=key(name), format_func=str.capitalize)


def _number(name: str, step: float, advice: str) -> None:
    st.number_input(label(name), key=key(name), step=step, help=advice)


def _own_words(name: str, suggested: tuple[str, ...], *, most: int, placeholder: str) -> None:
    chosen: list[str] = st.session_state[key(name)]
    st.multiselect(
        label(name),
        list(dict.fromkeys([*chosen, *suggested])),
        key=key(name),
        accept_new_options=True,
        max_selections=most,
        placeholder=placeholder,
    )
