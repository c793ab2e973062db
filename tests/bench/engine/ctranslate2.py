"""CTranslate2, converted from the same weights; an optional peer, so it is imported by name."""

import fcntl
import importlib
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer

from tests.bench.engine.case import Pace
from tests.bench.engine.contestant import StaticBatches
from tests.bench.prompts import TOP_K, TOP_P


class CTranslate2(StaticBatches):
    """In the two ways that its documentation names: all cores at one batch, for the least latency,
    or a part of it to each core, for the most tokens.
    """

    def __init__(self, model: Path, quantization: str, *, parts: int) -> None:
        library = importlib.import_module("ctranslate2")
        self._tokenizer = AutoTokenizer.from_pretrained(model)
        self._parts = parts
        self._generator: Any = library.Generator(
            str(_converted(model, quantization)),
            device="cpu",
            compute_type=quantization,
            inter_threads=parts,
            intra_threads=max(1, torch.get_num_threads() // parts),
        )

    def write(self, prompts: Sequence[str], tokens: int, pace: Pace) -> None:
        step: list[int] = []

        def tick(result: Any) -> bool:
            """It is called for each stream of a step, one behind the other, by whichever part."""
            step.append(result.batch_id)
            if len(step) == len(prompts):
                pace.tick(step)
                step.clear()
            return pace.over

        self._generator.generate_batch(
            [self._tokenizer.tokenize(prompt) for prompt in prompts],
            min_length=tokens,
            max_length=tokens,
            include_prompt_in_result=False,
            sampling_topk=TOP_K,
            sampling_topp=TOP_P,
            max_batch_size=math.ceil(len(prompts) / self._parts),
            callback=tick,
        )


def _converted(model: Path, quantization: str) -> Path:
    """Beside the model; made only if it is not there."""
    directory = model.with_name(f"{model.name}-ctranslate2-{quantization}")
    with directory.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # Both ways of a type begin at the same time.
        if not directory.is_dir():
            draft = directory.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            converters = importlib.import_module("ctranslate2.converters")
            converter = converters.TransformersConverter(str(model))
            converter.convert(str(draft), quantization=quantization)
            draft.rename(directory)
    return directory
