"""Which arithmetic this process runs a model in: the fastest one that is exact here."""

from functools import partial

import torch

from services.worker.engine.attention import TorchAttention
from services.worker.engine.checkpoint import Checkpoint
from services.worker.engine.device_model import DeviceModel
from services.worker.engine.dtypes import Dtype, bf16_instructions, choose_dtype, choose_gpu_dtype
from services.worker.engine.linear import Linear, PackedLinear, PlainLinear, can_pack
from services.worker.engine.rounding import MOST_NATS, nats_lost
from services.worker.engine.runner import Model
from services.worker.engine.torch_model import MakeAttention, TorchModel
from shared.errors import ModelLoadError

try:
    import numba

    from services.worker.engine.amx import CAN_AMX
    from services.worker.engine.packing import BF16_PAIRS, IN_FP32
    from services.worker.engine.panel_model import PanelModel
    from services.worker.engine.panels import (
        BYTES,
        BYTES_BY_AMX,
        FP16,
        PAIRS,
        PAIRS_BY_AMX,
        ROUNDED,
        WHOLE,
        BeyondFp16Error,
        PanelKind,
    )
    from services.worker.engine.processor import BYTES_PAY, CAN_FP16, CAN_FUSE, PAIRS_PAY
    from services.worker.engine.ragged import RaggedAttention
except ImportError:  # numba comes as a wheel, but not for every machine
    BYTES_PAY = CAN_AMX = CAN_FUSE = CAN_FP16 = PAIRS_PAY = False

ALL_THREADS = torch.get_num_threads()
"""As the environment allows; later the number is what this process has set."""


def make_model(checkpoint: Checkpoint, dtype: Dtype) -> Model:
    """On a GPU if one is visible. Raises ModelLoadError."""
    device = find_gpu()
    if device is None:
        return _make_cpu_model(checkpoint, dtype)
    if dtype in ("float16", "int8"):
        raise ModelLoadError(
            f"{dtype} is not for GPUs: DTYPE=auto, bfloat16 or float32, or hide the GPU from this "
            'worker with CUDA_VISIBLE_DEVICES=""'
        )
    return DeviceModel(checkpoint, choose_gpu_dtype(dtype), device)


def find_gpu() -> torch.device | None:
    return torch.device("cuda") if torch.cuda.is_available() else None


def _make_cpu_model(checkpoint: Checkpoint, dtype: Dtype) -> Model:
    config = checkpoint.config
    # Heads are packed by themselves, in pairs.
    has_even_heads = config.n_embd // config.n_head % 2 == 0
    can_pack_heads = CAN_FUSE and has_even_heads
    if dtype == "auto" and can_pack_heads and BYTES_PAY:
        rounded = PanelModel(checkpoint, _bytes())
        if nats_lost(rounded, checkpoint) <= MOST_NATS:
            return rounded
    kind = _choose_panels(dtype) if can_pack_heads else None
    if kind is not None:
        try:
            return PanelModel(checkpoint, kind)
        except BeyondFp16Error:
            if dtype != "auto":
                raise
            return PanelModel(checkpoint, ROUNDED)
    if dtype == "float16":
        raise ModelLoadError("float16 needs numba, AVX-512 FP16 and heads of an even width.")
    if dtype == "int8":
        raise ModelLoadError("int8 needs numba, fused products and heads of an even width.")
    precision = choose_dtype(dtype)
    return TorchModel(checkpoint, precision, choose_linear(precision), choose_attention(precision))


def _choose_panels(dtype: Dtype) -> "PanelKind | None":
    if dtype == "float32":
        return WHOLE
    if dtype == "int8":
        return _bytes()
    if dtype == "float16":
        return FP16 if CAN_FP16 else None
    if CAN_AMX:
        return PAIRS_BY_AMX
    instructions = bf16_instructions()
    if dtype == "auto" and CAN_FP16 and not PAIRS_PAY:
        return FP16
    if dtype == "auto" and not instructions:
        return WHOLE
    return PAIRS if instructions and PAIRS_PAY else ROUNDED


def _bytes() -> "PanelKind":
    return BYTES_BY_AMX if CAN_AMX else BYTES


def choose_linear(dtype: torch.dtype) -> type[Linear]:
    return PackedLinear if can_pack(dtype) else PlainLinear


def choose_attention(dtype: torch.dtype) -> MakeAttention:
    if not CAN_FUSE:
        return TorchAttention
    kept = BF16_PAIRS if dtype == torch.bfloat16 else IN_FP32
    return partial(RaggedAttention, kept=kept)


def set_threads(count: int, model: Model) -> None:
    """How many threads compute, of whatever is called from this one.

    For after the self-test: numba shares OpenMP with torch, and sets it to all cores as it begins.
    """
    if CAN_FUSE:
        most: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
        numba.set_num_threads(min(count, most))
    torch.set_num_threads(count if isinstance(model, TorchModel) else 1)
