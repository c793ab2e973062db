from collections.abc import Callable

import pytest
from tokenizers import Tokenizer

from shared.prompts import build_continuation
from tests.bench.prompts import cut_prompts
from tests.bench.tokenizer import END, synthetic_merges, train_tokenizer

Wrap = Callable[[str], str]
TEXTS = [f"Once upon a time {name} kept a lighthouse by the sea. " * 3 for name in "ABCDEFG"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return train_tokenizer(TEXTS, size=1_000)


def test_tokenizer_is_padded_to_its_size(tokenizer: Tokenizer) -> None:
    assert tokenizer.get_vocab_size() == 1_000
    assert sorted(tokenizer.get_vocab().values()) == list(range(1_000))


def test_padded_tokenizer_still_gives_texts_back(tokenizer: Tokenizer) -> None:
    text = "Once upon a time, a füchsin — 狐!"
    assert tokenizer.decode(tokenizer.encode(text).ids) == text


def test_synthetic_merges_make_new_entries_and_none_of_the_end() -> None:
    merges = list(synthetic_merges({END: 0, "a": 1, "b": 2, "ab": 3}, 4))
    assert [left + right for left, right in merges] == ["aa", "aab", "ba", "bb"]


@pytest.mark.parametrize("wrap", [str, build_continuation])
def test_prompts_differ_and_have_exactly_as_many_tokens(tokenizer: Tokenizer, wrap: Wrap) -> None:
    prompts = cut_prompts(tokenizer, TEXTS, count=5, tokens=80, wrap=wrap)
    assert len(set(prompts)) == 5
    assert {len(tokenizer.encode(wrap(prompt)).ids) for prompt in prompts} == {80}


def test_too_few_texts_are_named(tokenizer: Tokenizer) -> None:
    with pytest.raises(ValueError, match="of 9 prompts of 32 tokens"):
        cut_prompts(tokenizer, TEXTS, count=9, tokens=32)
