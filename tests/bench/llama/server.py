"""llama.cpp's own server: whether it can be measured here, and how it is started.

An optional peer: the program is found where LLAMA_SERVER says or on the PATH.
"""

import importlib.util
import os
import shutil
from pathlib import Path

import torch

from services.worker.engine.amx import CAN_AMX
from tests.bench.engine.entries import NO_BF16, has_bf16
from tests.bench.llama.weights import Precision
from tests.bench.prompts import TOP_K, TOP_P

CONTEXT = 1024
"""Tokens of a slot: all that the model reads."""
NO_PROGRAM = "not installed (no `llama-server` on the PATH or where LLAMA_SERVER says)"
NO_WRITER = "not installed (no `gguf`, which writes its model)"


def program() -> str | None:
    return shutil.which(os.environ.get("LLAMA_SERVER") or "llama-server")


def missing(precision: Precision) -> str | None:
    """Why it cannot be measured here, if it cannot."""
    if precision == "bf16" and not has_bf16():
        return NO_BF16
    if program() is None:
        return NO_PROGRAM
    return NO_WRITER if importlib.util.find_spec("gguf") is None else None


def command(weights: Path, host: str, port: int, *, slots: int, precision: Precision) -> list[str]:
    """A slot for every stream, a thread a core, and sampling like everybody's.

    Batching is continuous by default, and what a slot has read is kept for whoever begins alike.
    `min-p` would cut away more than the others do. What it does to weights in Q8_0 for AMX, as it
    loads them, ended in a segmentation fault.
    """
    found = program()
    assert found is not None, "asked for only if it is not missing"
    return [
        *(found, "--model", str(weights), "--host", host, "--port", str(port)),
        *("--parallel", str(slots), "--ctx-size", str(slots * CONTEXT)),
        *("--threads", str(torch.get_num_threads())),
        *("--temp", "1", "--top-k", str(TOP_K), "--top-p", str(TOP_P), "--min-p", "0"),
        *(["--no-repack"] if precision == "Q8_0" and CAN_AMX else []),
    ]
