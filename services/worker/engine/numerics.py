"""The name of the arithmetic that this process uses.

Two workers with the same numeric kind and model compute the same bits, so that one can go on with
the other's story unnoticed.
"""

import torch

from services.worker.engine.dtypes import bf16_instructions
from services.worker.engine.selftest import SelfTest


def numeric_kind(arithmetic: str, outcome: SelfTest, *, device: torch.device) -> str:
    """For example `cpu-avx512_bf16-onednn-bf16-torch2.13.0-1f0c22ab`, or on a GPU
    `cuda12.8-nvidia_h100_80gb_hbm3-fixed-bf16-torch2.13.0-5d1c0a3e`.

    The last part hashes what the self-test computed, since libraries choose kernels by vendor and
    cache size, too. `-inexact` follows if a row's bits depended on the other rows.
    """
    version = torch.__version__.partition("+")[0]
    kind = f"{_processor(device)}-{arithmetic}-torch{version}-{outcome.fingerprint}"
    return kind if outcome.exact else f"{kind}-inexact"


def _processor(device: torch.device) -> str:
    if device.type == "cuda":
        name = "_".join(torch.cuda.get_device_name(device).lower().split())
        return f"cuda{torch.version.cuda}-{name}"
    return f"cpu-{bf16_instructions() or torch.backends.cpu.get_cpu_capability().lower()}"
