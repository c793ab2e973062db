"""Which arithmetic this process uses, and its name.

Two workers with the same numeric kind and model compute the same bits, so that one can go on with
the other's story unnoticed.
"""

from typing import Literal

import torch

from services.worker.engine.linear import Linear
from services.worker.engine.selftest import SelfTest

Dtype = Literal["auto", "float32", "bfloat16"]


def choose_dtype(dtype: Dtype) -> torch.dtype:
    """bf16 where the CPU multiplies it in hardware, else fp32, unless the caller decides."""
    if dtype != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16}[dtype]
    return torch.bfloat16 if _bf16_instructions() else torch.float32


def numeric_kind(dtype: torch.dtype, linear: type[Linear], outcome: SelfTest) -> str:
    """For example `cpu-avx512_bf16-onednn-bf16-torch2.13.0-1f0c22ab`.

    The last part hashes what the self-test computed, since libraries choose kernels by vendor and
    cache size, too. `-inexact` follows if a row's bits depended on the other rows.
    """
    instructions = _bf16_instructions() or torch.backends.cpu.get_cpu_capability().lower()
    precision = "bf16" if dtype == torch.bfloat16 else "fp32"
    version = torch.__version__.partition("+")[0]
    kind = f"cpu-{instructions}-{linear.library}-{precision}-torch{version}-{outcome.fingerprint}"
    return kind if outcome.exact else f"{kind}-inexact"


def _bf16_instructions() -> str | None:
    capabilities = torch.cpu.get_capabilities()
    names = ("amx_bf16", "avx512_bf16")
    return next((name for name in names if capabilities.get(name)), None)
