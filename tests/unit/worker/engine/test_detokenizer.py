"""Tokens become text without a split character, and the text is the tokenizer's own."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import PreTrainedTokenizerFast

from services.worker.engine.detokenizer import Detokenizer
from services.worker.engine.tokenizer import StoryTokenizer, load_tokenizer
from tests.unit.worker.tiny_model import TOKENIZER_SIZE, VOCAB_SIZE, save_tokenizer

ANY_TEXT = st.text(
    st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("🌊👩‍🚀🇫🇷éß漢\u200d\n ~"))
)


@pytest.fixture(scope="module")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> StoryTokenizer:
    directory: Path = tmp_path_factory.mktemp("tokenizer")
    assert isinstance(save_tokenizer(directory), PreTrainedTokenizerFast)
    return load_tokenizer(directory, VOCAB_SIZE)


def pieces(tokenizer: StoryTokenizer, ids: list[int]) -> list[str]:
    detokenizer = Detokenizer(tokenizer.bytes_of)
    return [detokenizer.push(token) for token in ids]


@given(text=ANY_TEXT)
def test_any_text_comes_back_whole(tokenizer: StoryTokenizer, text: str) -> None:
    ids = tokenizer.encode(text)
    parts = pieces(tokenizer, ids)
    assert "".join(parts) == text == tokenizer.tokenizer.decode(ids)


@given(text=ANY_TEXT)
def test_a_character_is_never_split(tokenizer: StoryTokenizer, text: str) -> None:
    """Every piece is made of whole characters; an unfinished one shows nothing at all."""
    parts = pieces(tokenizer, tokenizer.encode(text))
    assert all("\ufffd" not in part for part in parts) or "\ufffd" in text


@given(ids=st.lists(st.integers(1, TOKENIZER_SIZE - 1), max_size=40))
def test_ids_that_are_no_utf8_decode_as_the_tokenizer_does(
    tokenizer: StoryTokenizer, ids: list[int]
) -> None:
    """A model may draw any bytes. Closed by a letter, so that no character is left unfinished."""
    ids = [*ids, *tokenizer.encode("a")]
    assert "".join(pieces(tokenizer, ids)) == tokenizer.tokenizer.decode(ids)


def test_the_bytes_of_an_emoji_wait_for_the_last(tokenizer: StoryTokenizer) -> None:
    ids = tokenizer.encode("🌊")
    assert len(ids) == 4
    assert pieces(tokenizer, ids) == ["", "", "", "🌊"]


def test_ids_beyond_the_tokenizer_have_no_text(tokenizer: StoryTokenizer) -> None:
    assert pieces(tokenizer, [TOKENIZER_SIZE, VOCAB_SIZE - 1]) == ["", ""]
