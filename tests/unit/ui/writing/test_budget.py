"""The token budget in words."""

from services.ui.writing.budget import in_words, meter_html
from shared.quotes import PromptTokens, Quote

TOKENS = PromptTokens(instruction=40, memory=20, story=540, author_note=12)
QUOTE = Quote(
    model="m",
    prompt="p",
    tokens=TOKENS,
    dropped_chars=1_200,
    room=412,
    context_length=1_024,
    position=0,
    eta_seconds=None,
)


def test_every_part_is_named_with_what_no_longer_fits() -> None:
    assert in_words(QUOTE) == (
        "612 of 1,024 tokens: instruction 40 · memory 20 · story 540 (its first 1,200 characters "
        "no longer fit) · note 12 · room for 412"
    )


def test_parts_that_are_not_there_are_not_named() -> None:
    tokens = PromptTokens(instruction=40, memory=0, story=0, author_note=0)
    quote = QUOTE.model_copy(update={"tokens": tokens, "dropped_chars": 0, "room": 256})
    assert in_words(quote) == "40 of 1,024 tokens: instruction 40 · room for 256"


def test_the_bar_shows_each_part_s_share() -> None:
    assert '<span class="once-share-story" style="width:52.73%">' in meter_html(QUOTE)
