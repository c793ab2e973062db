"""Which linear layers and which attention this process runs."""

import torch

from services.worker.engine.attention import Attention, TorchAttention
from services.worker.engine.dtypes import Dtype, bf16_instructions, choose_dtype
from services.worker.engine.linear import Linear, PackedLinear, PlainLinear, can_pack
from services.worker.engine.weights import Weights

try:
    import numba

    from services.worker.engine.panels import PairPanelLinear, PanelLinear, RoundedPanelLinear
    from services.worker.engine.ragged import UNROLLED, RaggedAttention
    from services.worker.engine.tiles import CAN_FUSE, CAN_PAIR
except ImportError:  # numba comes as a wheel, but not for every machine
    UNROLLED, CAN_FUSE, CAN_PAIR = 0, False, False

ALL_THREADS = torch.get_num_threads()
"""As the environment allows; later the number is what this process has set."""


def choose_linear(dtype: torch.dtype) -> type[Linear]:
    """The fastest one that is exact here."""
    if dtype == torch.float32 and CAN_FUSE:
        return PanelLinear
    return PackedLinear if can_pack(dtype) else PlainLinear


def choose_arithmetic(dtype: Dtype) -> tuple[torch.dtype, type[Linear]]:
    """What rows are in, and the layers that they go through."""
    precision = choose_dtype(dtype)
    if CAN_PAIR and precision == torch.bfloat16 and bf16_instructions() == "avx512_bf16":
        # AMX is left to oneDNN: these tiles do not use it.
        return torch.float32, PairPanelLinear
    if CAN_FUSE and precision == torch.bfloat16 != choose_dtype("auto"):
        # Without instructions for bf16 there is nothing to gain from rounding rows as well.
        return torch.float32, RoundedPanelLinear
    return precision, choose_linear(precision)


def set_threads(count: int, linear: type[Linear]) -> None:
    """How many threads compute, of whatever is called from this one.

    For after the self-test: numba shares OpenMP with torch, and sets it to all cores as it begins.
    """
    if CAN_FUSE:
        most: int = numba.config.NUMBA_NUM_THREADS  # type: ignore[attr-defined]
        numba.set_num_threads(min(count, most))
    # Beside panels too little is left to torch for threads to meet over.
    torch.set_num_threads(1 if CAN_FUSE and issubclass(linear, PanelLinear) else count)


def make_attention(weights: Weights, *, slots: int, context: int) -> Attention:
    """Room for so many sequences of so many tokens."""
    layers, heads, head_dim = len(weights.layers), weights.heads, weights.head_dim
    if UNROLLED and head_dim % UNROLLED == 0:
        return RaggedAttention(
            layers=layers,
            slots=slots,
            heads=heads,
            head_dim=head_dim,
            context=context,
            rounds=weights.rounds,
        )
    return TorchAttention(
        layers=layers, slots=slots, heads=heads, head_dim=head_dim, context=context
    )
