"""From text to tokens, the same for who computes with them and for who only counts them."""

from tokenizers import Tokenizer


def take_as_plain_text(tokenizer: Tokenizer) -> None:
    """Whoever types a special token gets its letters."""
    tokenizer.encode_special_tokens = True


def token_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    return tokenizer.encode(text, add_special_tokens=False).ids


def token_count(tokenizer: Tokenizer, text: str) -> int:
    """Other threads go on meanwhile; `encode` stops them all, for 20 ms and more of a long text."""
    (encoded,) = tokenizer.encode_batch_fast([text], add_special_tokens=False)
    return len(encoded.ids)
