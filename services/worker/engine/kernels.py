"""Which attention this process runs."""

from services.worker.engine.attention import Attention, TorchAttention
from services.worker.engine.weights import Weights

try:
    from services.worker.engine.ragged import UNROLLED, RaggedAttention
except ImportError:  # numba comes as a wheel, but not for every machine
    UNROLLED = 0


def make_attention(weights: Weights, *, slots: int, context: int) -> Attention:
    """Room for so many sequences of so many tokens."""
    can_compile = UNROLLED and weights.head_dim % UNROLLED == 0
    kind = RaggedAttention if can_compile else TorchAttention
    return kind(
        layers=len(weights.layers),
        slots=slots,
        heads=weights.heads,
        head_dim=weights.head_dim,
        context=context,
    )
