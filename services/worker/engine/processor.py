"""What this processor's instructions do, and the tile of a matrix product that suits them."""

import llvmlite.binding

_FEATURES = llvmlite.binding.get_host_cpu_features()
CAN_FUSE = _FEATURES.get("fma", False) or _FEATURES.get("neon", False)
"""Without the instruction, a fused multiply-add is a call of a slow function."""
_IS_WIDE = _FEATURES.get("avx512f", False)
CAN_PAIR = _IS_WIDE and _FEATURES.get("avx512bf16", False)
"""Whether two products in bf16 are added to a sum in fp32 by one instruction."""
PAIRS_PAY = CAN_PAIR and llvmlite.binding.get_host_cpu_name().startswith("znver")
"""Intel's processors begin one in two cycles (Emerald Rapids, measured), and four plain ones."""
CAN_FP16 = _IS_WIDE and _FEATURES.get("avx512fp16", False)
"""Whether numbers in fp16 are multiplied and added as they are, twice as many as in fp32."""
CAN_DOT = _FEATURES.get("avx512vnni" if _IS_WIDE else "avxvnni", False)
"""Whether four products of bytes are added to a sum by one instruction; elsewhere two of 16 bits
are, to the same."""
WORDS_OF_FOUR = 1 if CAN_DOT else 2
"""That four inputs of a byte take: a word of bytes, or two of numbers of 16 bits. In lines, which
AMX multiplies, always one."""
BYTES_PAY = CAN_DOT or _FEATURES.get("avx2", False)
"""Whether bytes are no slower than fp32. The first Zen, where an instruction adds no more products
of 16 bits than of fp32, took a third of the time for one story, since a quarter of GPT-2's weights
is read, and as long for sixteen. AVX-512 without VNNI was not measured."""
HAS_AMX = _IS_WIDE and all(_FEATURES.get(f"amx-{name}", False) for name in ("tile", "int8", "bf16"))
"""Whether it multiplies matrices; see `amx`, which knows whether this process may."""
LANES = 16 if _IS_WIDE else 8
"""Of a register, in fp32."""
WIDTH = 2 * LANES
"""Outputs of a tile: two registers in fp32."""
MOST_ROWS = 8 if _IS_WIDE else 6
"""Of a tile: twelve sums, two registers of weights and one input fill the sixteen of AVX. AVX-512
has twice as many, of which eight rows take most."""
MOST_BYTES = 24 * 1024
"""Of a tile's weights, so that they stay in the first cache for the tiles that follow."""
