"""In which numbers a process computes."""

from typing import Literal

import torch

Dtype = Literal["auto", "float32", "bfloat16", "float16", "int8"]


def choose_dtype(dtype: Dtype) -> torch.dtype:
    """As torch names it. For auto bf16 where the CPU multiplies it in hardware, else fp32."""
    if dtype != "auto":
        named: torch.dtype = getattr(torch, dtype)
        return named
    return torch.bfloat16 if bf16_instructions() else torch.float32


def choose_gpu_dtype(dtype: Dtype) -> torch.dtype:
    """For auto bf16 where the GPU multiplies it in hardware, else fp32."""
    if dtype != "auto":
        return choose_dtype(dtype)
    has_bf16 = torch.cuda.is_bf16_supported(including_emulation=False)
    return torch.bfloat16 if has_bf16 else torch.float32


def bf16_instructions() -> str | None:
    capabilities = torch.cpu.get_capabilities()
    names = ("amx_bf16", "avx512_bf16")
    return next((name for name in names if capabilities.get(name)), None)
