"""Who takes part in the engine level, by "kind precision": what each needs, how it is made.

All are on the CPU but "kind cuda", which is on a GPU in the precision that our engine takes there.
What a contestant is made of is imported when it is made: ours must not pay for the others.
"""

import importlib.util
from pathlib import Path

import torch

from services.worker.engine.dtypes import Dtype, choose_dtype, choose_gpu_dtype
from services.worker.engine.processor import CAN_FP16
from services.worker.spinning import ENVIRONMENT
from tests.bench.engine.contestant import Contestant

OURS = "ours auto"
ENTRIES = (
    OURS,
    "ours fp32",
    "ours bf16",
    "ours fp16",
    "ours int8",
    "ours cuda",
    "HF forward fp32",
    "HF forward bf16",
    "HF generate fp32",
    "HF generate bf16",
    "HF generate cuda",
    "CTranslate2 fp32",
    "CTranslate2 int8",
    "CTranslate2 by core int8",
    "llama.cpp bf16",
)
DTYPES: dict[str, Dtype] = {
    "fp32": "float32",
    "bf16": "bfloat16",
    "fp16": "float16",
    "int8": "int8",
}
_TORCH = {"fp32": torch.float32, "bf16": torch.bfloat16}
_CTRANSLATE2 = {"fp32": "float32", "int8": "int8"}
NO_BF16 = "n/a (no bf16 instructions on this CPU)"
NO_FP16 = "n/a (no fp16 instructions on this CPU)"
NO_GPU = "n/a (no GPU for CUDA here)"
LEFT_OUT = "left out (its batching is that of its server: measured over HTTP, at the stack level)"


def missing(name: str) -> str | None:
    """Why it cannot be measured here, if it cannot."""
    if name.startswith("llama.cpp"):
        return LEFT_OUT
    if name.endswith("cuda"):
        return None if torch.cuda.is_available() else NO_GPU
    if name.endswith("bf16") and not has_bf16() and not name.startswith("ours"):
        return NO_BF16
    if name.endswith("fp16") and not CAN_FP16:
        return NO_FP16
    if name.startswith("CTranslate2") and importlib.util.find_spec("ctranslate2") is None:
        return "not installed"
    return None


def has_bf16() -> bool:
    """Whether this CPU multiplies bf16 in hardware, by our engine's own choice."""
    return choose_dtype("auto") == torch.bfloat16


def environment(name: str) -> dict[str, str]:
    """What our worker sets for itself before torch is imported; the others are as they come."""
    if not name.startswith("ours"):
        return {}
    return ENVIRONMENT if name.endswith("cuda") else {**ENVIRONMENT, "CUDA_VISIBLE_DEVICES": ""}


def make(name: str, model: Path, *, slots: int) -> Contestant:
    """Load it; `slots` is the most streams that there will be."""
    kind, _, precision = name.rpartition(" ")
    if kind == "ours":
        from tests.bench.engine.ours import Ours

        return Ours(model, {"auto": "auto", "cuda": "auto", **DTYPES}[precision], slots=slots)
    if kind.startswith("CTranslate2"):
        from tests.bench.engine.ctranslate2 import CTranslate2

        parts = torch.get_num_threads() if kind.endswith("by core") else 1
        return CTranslate2(model, _CTRANSLATE2[precision], parts=parts)
    from tests.bench.engine.hugging_face import Forward, Generate

    if precision == "cuda":
        return Generate(model, choose_gpu_dtype("auto"), device="cuda")
    return {"HF forward": Forward, "HF generate": Generate}[kind](model, _TORCH[precision])
