"""A step's rows as the kernels go through them, from what the scheduler cut its tokens into."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from services.worker.engine.compiling import compiled
from services.worker.engine.layout import Batch
from services.worker.engine.runner import Chunk


def table_of(chunks: Sequence[Chunk]) -> NDArray[np.int64]:
    """[chunks, slot and start and count of rows and whether logits are wanted]."""
    return np.array(
        [(each.slot, each.start, len(each.tokens), each.wants_logits) for each in chunks], np.int64
    )


@compiled()
def batch_of(table, tokens):  # type: ignore[no-untyped-def]
    """Of chunks whose rows follow each other."""
    chunks = len(table)
    firsts, ranks = np.empty(chunks, np.int64), np.empty(chunks, np.int64)
    positions, drawn = np.empty_like(tokens), np.empty(table[:, 3].sum(), np.int64)
    row = rank = 0
    for chunk in range(chunks):
        _, start, count, wanted = table[chunk]
        firsts[chunk], ranks[chunk] = row, rank
        for place in range(count):
            positions[row + place] = start + place
        row += count
        if wanted:
            drawn[rank] = row - 1
            rank += 1
    slots, starts, counts, wanted = table.T.copy()
    return Batch(tokens, positions, drawn, slots, starts, firsts, counts, wanted, ranks)
