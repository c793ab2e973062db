"""The model that everybody is measured with, made once and kept under the bench's folder.

GPT-2's architecture with random weights: speed does not depend on what they say. The scores are as
uneven as language's (the tales' token frequencies, blurred), and no story ends by itself.
"""

import shutil
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from transformers import GenerationConfig, GPT2Config, GPT2LMHeadModel, PreTrainedTokenizerFast

from tests.bench.prompts import TOP_K, TOP_P, tales
from tests.bench.tokenizer import END, train_tokenizer

SPREAD = 0.06
"""Of the weights: scores then differ by about 1.7 beside what the frequencies give."""
_LOUD = 10.0
"""What the last norm gives its first dimension, whatever was read: tokens score by their weight
there."""
_NEVER = -10.0


def build_gpt2(folder: Path) -> Path:
    """GPT-2 small, 124 M parameters, with a tokenizer of its size; made only if it is not there."""
    directory = folder / "gpt2-124m"
    if not directory.is_dir():
        draft = directory.with_suffix(".draft")  # one that was broken off is not taken for whole
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(parents=True)
        write_model(draft, tales(), GPT2Config())
        draft.rename(directory)
    return directory


def write_model(directory: Path, texts: Sequence[str], config: GPT2Config) -> None:
    """A model that writes tokens as often as `texts` have them and never ends by itself."""
    tokenizer = train_tokenizer(texts, size=config.vocab_size)
    wrapped = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=tokenizer, bos_token=END, eos_token=END, unk_token=END
    )
    wrapped.save_pretrained(directory)
    end = tokenizer.token_to_id(END)
    assert end is not None
    config.bos_token_id = config.eos_token_id = end
    config.initializer_range = SPREAD
    with torch.random.fork_rng():
        torch.manual_seed(23)
        model = GPT2LMHeadModel(config)
    weights = log_frequencies(tokenizer, texts) / _LOUD
    weights[end] = _NEVER
    with torch.no_grad():
        model.transformer.ln_f.weight[0] = 0
        model.transformer.ln_f.bias[0] = _LOUD
        model.transformer.wte.weight[:, 0] = weights
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call]
        do_sample=True,
        top_k=TOP_K,
        top_p=TOP_P,
        bos_token_id=end,
        eos_token_id=end,
        pad_token_id=end,
    )
    model.save_pretrained(directory)


def log_frequencies(tokenizer: Tokenizer, texts: Iterable[str]) -> Tensor:
    """Of every token, in nats, relative to the most frequent; one that never occurs counts half."""
    counts = Counter(id for text in texts for id in tokenizer.encode(text).ids)
    frequencies = torch.tensor([counts[id] or 0.5 for id in range(tokenizer.get_vocab_size())])
    return (frequencies / frequencies.max()).log()
