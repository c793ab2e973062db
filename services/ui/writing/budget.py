"""What the model will see of all this, exactly, and how much room that leaves."""

from collections.abc import Callable
from html import escape

import streamlit as st
from pydantic import ValidationError

from services.ui import wording
from services.ui.findings import refused_input
from services.ui.state import PageState, Quoted, api_client
from services.ui.writing import fields
from services.ui.writing.opening import Opened
from shared.client.errors import ApiError
from shared.quotes import Quote


def draw(state: PageState, opened: Opened | None, *, live: bool) -> None:
    """Asked for only while it is open."""
    with st.expander("What the model will see", key="budget", on_change="rerun") as panel:
        if not panel.open:
            return
        if live:
            st.html("<p>Once this passage is written.</p>")
            return
        answer = _answer(state, opened)
        if isinstance(answer, ApiError):
            st.html(f'<p class="once-budget">{escape(wording.error_line(answer))}</p>')
            return
        st.html(meter_html(answer))
        st.html(prompt_html(answer.prompt))


def in_words(quote: Quote) -> str:
    """`612 of 1,024 tokens: instruction 40 · …`"""
    tokens = quote.tokens
    used = tokens.instruction + tokens.memory + tokens.story + tokens.author_note
    story = f"story {tokens.story:,}"
    if quote.dropped_chars:
        story += f" (its first {quote.dropped_chars:,} characters no longer fit)"
    parts = [f"instruction {tokens.instruction:,}"]
    parts += [f"memory {tokens.memory:,}"] if tokens.memory else []
    parts += [story] if tokens.story or quote.dropped_chars else []
    parts += [f"note {tokens.author_note:,}"] if tokens.author_note else []
    parts.append(f"room for {quote.room:,}")
    return f"{used:,} of {quote.context_length:,} tokens: {' · '.join(parts)}"


def meter_html(quote: Quote) -> str:
    """The same as a bar; the words beneath say all that it says."""
    tokens = quote.tokens
    shares = {
        "instruction": tokens.instruction,
        "memory": tokens.memory,
        "story": tokens.story,
        "note": tokens.author_note,
    }
    bar = "".join(
        f'<span class="once-share-{name}" style="width:{100 * share / quote.context_length:.2f}%">'
        "</span>"
        for name, share in shares.items()
    )
    return (
        f'<div class="once-budget"><div class="once-meter" aria-hidden="true">{bar}</div>'
        f"<p>{escape(in_words(quote))}</p></div>"
    )


def prompt_html(prompt: str) -> str:
    """To the last line break, which Streamlit's own code block would drop."""
    frame = 'class="once-prompt" tabindex="0" role="region" aria-label="The prompt"'
    # HTML takes the first line break behind <pre> for its own.
    return f'<pre {frame} dir="auto">\n{escape(prompt)}</pre>'


def _answer(state: PageState, opened: Opened | None) -> Quote | ApiError:
    sheet = fields.keep(state)
    try:
        if opened is None:
            request = sheet.request()
            return _ask(state, request, lambda: api_client().jobs.quote(request))
        story_id, passage_id, telling = opened.story.id, opened.passage.id, sheet.telling()
        question = (story_id, passage_id, telling)
        return _ask(
            state, question, lambda: api_client().stories.quote(story_id, passage_id, telling)
        )
    except ValidationError as error:
        return refused_input(error)


def _ask(state: PageState, question: object, ask: Callable[[], Quote]) -> Quote | ApiError:
    if state.quoted is None or state.quoted.question != question:
        try:
            state.quoted = Quoted(question, ask())
        except ApiError as error:
            return error  # Asked again with the next look.
    return state.quoted.answer
