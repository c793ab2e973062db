"""Which number format training multiplies in, beside float32."""

import torch

from services.worker.engine.dtypes import choose_dtype


def fast_half(device: torch.device) -> torch.dtype | None:
    """A 16-bit format that the device multiplies in hardware and that needs no loss scaling.

    None where there is none: bfloat16 is then emulated, a hundred times slower on a CPU.
    """
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else None
    return torch.bfloat16 if choose_dtype("auto") is torch.bfloat16 else None
