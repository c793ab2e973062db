"""GPT-2's forward pass compiled as a whole: one crew of threads goes through all parts of a step.

Between parts no thread sleeps and nothing returns to Python: called layer by layer, the other
threads fell asleep and were woken each time.
"""

import numpy as np
from numba import prange

from services.worker.engine.compiling import compiled
from services.worker.engine.crew import NONE, next_task
from services.worker.engine.normalizing import dot, normalize
from services.worker.engine.packing import pack
from services.worker.engine.products import ACTIVATE, ADD, STORE, multiply
from services.worker.engine.ragged import mix_head, new_scratch

PARTS_OF_LAYER = (
    "norm", "query, key, value", "attention", "attention out", "norm", "mlp in", "mlp out",
)  # fmt: skip
PARTS_BEFORE, PARTS_BEHIND = ("embedding",), ("last norm", "head")


@compiled(parallel=True)
def run(model, qkv, attention_out, mlp_in, mlp_out, head, batch, keys, values, room, board):  # type: ignore[no-untyped-def]
    """Writes the logits into `room`; keys and values [slots, blocks, layers, ...] are added to."""
    for member in prange(board.members.shape[1]):
        crew = (board, np.int64(member))  # else all is compiled twice
        part = _layers(crew, model, qkv, attention_out, mlp_in, mlp_out, batch, keys, values, room)
        _draw(crew, part, model, head, batch, room)


@compiled()
def _layers(crew, model, qkv, attention_out, mlp_in, mlp_out, batch, keys, values, room):  # type: ignore[no-untyped-def]
    """Returns the part that follows."""
    none = np.zeros(len(batch.tokens), np.float32)
    part = _embed(crew, 0, model, batch, room.hidden[0])
    for layer in range(len(qkv.bias)):
        first, second = 2 * layer, 2 * layer + 1
        before, between, behind = room.hidden[first], room.hidden[second], room.hidden[second + 1]
        normed, again = room.normed[first], room.normed[second]
        projected, attended, wide = room.projected[layer], room.attended[layer], room.wide[layer]
        own_keys, own_values = keys[:, :, layer], values[:, :, layer]
        part = _norm(crew, part, before, model.norms[first], model.epsilon, normed)
        part = multiply(crew, part, qkv, layer, normed, none, STORE, before, projected, wide)
        part = _attend(crew, part, batch, projected, own_keys, own_values, model.scale, attended)
        part = multiply(
            crew, part, attention_out, layer, attended, none, ADD, before, between, wide
        )
        part = _norm(crew, part, between, model.norms[second], model.epsilon, again)
        part = multiply(crew, part, mlp_in, layer, again, none, ACTIVATE, between, behind, wide)
        part = multiply(crew, part, mlp_out, layer, wide, none, ADD, between, behind, wide)
    return part


@compiled()
def _draw(crew, part, model, head, batch, room):  # type: ignore[no-untyped-def]
    if len(batch.drawn):
        hidden, logits = room.hidden[-1], room.logits
        part = _norm_drawn(crew, part, model, batch, hidden, room)
        multiply(crew, part, head, 0, room.last, room.shifts, STORE, hidden, logits, room.wide[0])


@compiled()
def _embed(crew, part, model, batch, hidden):  # type: ignore[no-untyped-def]
    rows, width = len(batch.tokens), model.token_embedding.shape[1]
    row = next_task(crew, part, rows, NONE)
    while row != NONE:
        token, position = batch.tokens[row], batch.positions[row]
        for i in range(width):
            hidden[row, i] = model.token_embedding[token, i] + model.position_embedding[position, i]
        row = next_task(crew, part, rows, row)
    return part + 1


@compiled()
def _norm(crew, part, hidden, norm, epsilon, packed):  # type: ignore[no-untyped-def]
    rows = len(hidden)
    normed = np.zeros(hidden.shape[1], np.float32)
    row = next_task(crew, part, rows, NONE)
    while row != NONE:
        normalize(hidden[row], norm[0], norm[1], epsilon, normed)
        pack(normed, packed, row, rows, 0)
        row = next_task(crew, part, rows, row)
    return part + 1


@compiled()
def _norm_drawn(crew, part, model, batch, hidden, room):  # type: ignore[no-untyped-def]
    drawn = len(batch.drawn)
    normed = np.zeros(hidden.shape[1], np.float32)
    norm = model.norms[-1]
    place = next_task(crew, part, drawn, NONE)
    while place != NONE:
        normalize(hidden[batch.drawn[place]], norm[0], norm[1], model.epsilon, normed)
        room.shifts[place] = dot(normed, model.mean)
        pack(normed, room.last, place, drawn, 0)
        place = next_task(crew, part, drawn, place)
    return part + 1


@compiled()
def _attend(crew, part, batch, projected, keys, values, scale, attended):  # type: ignore[no-untyped-def]
    chunks, heads, dim = len(batch.slots), keys.shape[2], keys.shape[3]
    rows, tasks = len(projected), chunks * heads
    scratch = new_scratch(batch.starts, batch.counts, dim)
    mixed = np.empty((batch.counts.max(), dim), np.float32)
    task = next_task(crew, part, tasks, NONE)
    while task != NONE:
        # A thread gets whole heads, and of every chunk as many as the others.
        head, chunk = task // chunks, task % chunks
        following = min(task + 1, tasks - 1)
        slots_on = batch.slots[following % chunks] - batch.slots[chunk]
        heads_on = following // chunks - head
        first, count = batch.firsts[chunk], batch.counts[chunk]
        slot, start = batch.slots[chunk], batch.starts[chunk]
        mix_head(
            projected[first : first + count],
            keys[slot, :, head],
            values[slot, :, head],
            scale,
            head,
            heads,
            start,
            _onward(keys, slots_on, heads_on),
            _onward(values, slots_on, heads_on),
            scratch,
            mixed[:count],
        )
        for row in range(count):
            pack(mixed[row], attended, first + row, rows, head * dim)
        task = next_task(crew, part, tasks, task)
    return part + 1


@compiled()
def _onward(kept, slots, heads):  # type: ignore[no-untyped-def]
    """How many numbers further another slot's head is, of [slots, blocks, heads, ...]."""
    return (slots * kept.strides[0] + heads * kept.strides[2]) // kept.itemsize
