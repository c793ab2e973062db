"""GPT-2's forward pass compiled as a whole: one crew of threads goes through all parts of a step.

Between parts no thread sleeps and nothing returns to Python: called layer by layer, the other
threads fell asleep and were woken each time.
"""

import numpy as np
from numba import prange

from services.worker.engine.batching import batch_of
from services.worker.engine.compiling import compiled
from services.worker.engine.crew import NONE, clear, next_task
from services.worker.engine.feeding import complete, place_in, put_part, put_row, room_of
from services.worker.engine.normalizing import normalize
from services.worker.engine.packing import first_row, tiles_of
from services.worker.engine.products import ACTIVATE, ADD, STORE, multiply
from services.worker.engine.ragged import mix_head, new_scratch
from services.worker.engine.reducing import dot

_FIRST = np.int64(0)
"""Of parts, or of the head's layers; no number of Python's, as `NONE` says."""
_ROUNDING = "rows rounded"
_LOOKING = ("norm", "query, key, value", "attention")
_TRANSFORMING = (_ROUNDING, "attention out", "norm", "mlp in", _ROUNDING, "mlp out")


def parts_of(layers: int, *, quantized: bool) -> tuple[str, ...]:
    """Of a step, in their order."""
    all_rows = (*_LOOKING, *_TRANSFORMING) * (layers - 1)
    rows_drawn = ("rows drawn from", *_TRANSFORMING, "last norm", "head")
    parts = ("embedding", *all_rows, *_LOOKING, *rows_drawn)
    return tuple(part for part in parts if quantized or part != _ROUNDING)


@compiled(parallel=True)
def run(  # type: ignore[no-untyped-def]
    model, qkv, attention_out, mlp_in, mlp_out, head, table, tokens, keys, values, room, normed,
    attended, wide, last_normed, last_attended, last_wide, board,
):  # fmt: skip
    """Writes the logits into `room`; keys and values [slots, blocks, layers, ...] are added to."""
    clear(board)
    for member in prange(board.members.shape[1]):
        crew = (board, np.int64(member))  # else all is compiled twice
        batch = batch_of(table, tokens)
        linears, rows = (qkv, attention_out, mlp_in, mlp_out), (normed, attended, wide)
        last = (last_normed, last_attended, last_wide)
        part = _layers(crew, model, linears, batch, keys, values, room, rows, last)
        if len(batch.drawn):
            _draw(crew, part, model, head, room, last_normed)


@compiled()
def _layers(crew, model, linears, batch, keys, values, room, rows, last):  # type: ignore[no-untyped-def]
    """Returns the part that follows. Behind the last layer's attention there are only rows that are
    drawn from: nobody looks at the others.
    """
    qkv, attention_out, mlp_in, mlp_out = linears
    layers, everyone = len(qkv.bias), np.zeros(len(batch.tokens), np.float32)
    row = _room_for_row(room.hidden.shape[2])
    part = _embed(crew, _FIRST, model, batch, room.hidden[0])
    for layer in range(layers):
        first, second = 2 * layer, 2 * layer + 1
        before, normed, projected = (
            room.hidden[first],
            room_of(rows[0], first),
            room.projected[layer],
        )
        if layer < layers - 1:
            onward, hidden = (batch.counts, batch.firsts), room.hidden[first : first + 3]
            again = room_of(rows[0], second)
            attended, wide = room_of(rows[1], layer), room_of(rows[2], layer)
        else:
            onward, hidden = (batch.wanted, batch.ranks), room.drawn
            again, attended, wide = room_of(last[0], 0), room_of(last[1], 0), room_of(last[2], 0)
        own_keys, own_values = keys[:, :, layer], values[:, :, layer]
        part = _norm(crew, part, before, model.norms[first], model.epsilon, row, normed)
        part = multiply(crew, part, qkv, layer, normed, everyone, STORE, before, projected, wide)
        part = _attend(crew, part, batch, onward, projected, own_keys, own_values, model, attended)
        if layer == layers - 1:
            part = _pick(crew, part, before, batch.drawn, hidden[0])
        before, between, behind = hidden[0], hidden[1], hidden[2]
        none = np.zeros(len(before), np.float32)
        part = complete(crew, part, attended)
        part = multiply(
            crew, part, attention_out, layer, attended, none, ADD, before, between, wide
        )
        part = _norm(crew, part, between, model.norms[second], model.epsilon, row, again)
        part = multiply(crew, part, mlp_in, layer, again, none, ACTIVATE, between, behind, wide)
        part = complete(crew, part, wide)
        part = multiply(crew, part, mlp_out, layer, wide, none, ADD, between, behind, wide)
    return part


@compiled()
def _draw(crew, part, model, head, room, rows):  # type: ignore[no-untyped-def]
    hidden, last = room.drawn[2], room_of(rows, 1)
    row = _room_for_row(hidden.shape[1])
    part = _norm_last(crew, part, model, hidden, room.shifts, row, last)
    multiply(crew, part, head, _FIRST, last, room.shifts, STORE, hidden, room.logits, last)


@compiled(borrows=True)
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
def _room_for_row(width):  # type: ignore[no-untyped-def]
    """Filled up with zeros, and for its whole numbers."""
    return np.zeros(width, np.float32), np.empty(width, np.uint8)


@compiled(borrows=True)
def _norm(crew, part, hidden, norm, epsilon, row_room, rows):  # type: ignore[no-untyped-def]
    """A tile is a task: threads that wrote to the same lines of it would wait for each other."""
    normed, levels = row_room
    count = len(hidden)
    tiles = tiles_of(count)
    tile = next_task(crew, part, tiles, NONE)
    while tile != NONE:
        for row in range(first_row(tile, count), first_row(tile + 1, count)):
            normalize(hidden[row], norm[0], norm[1], epsilon, normed)
            put_row(normed, levels, rows, row, count)
        tile = next_task(crew, part, tiles, tile)
    return part + 1


@compiled(borrows=True)
def _norm_last(crew, part, model, hidden, shifts, row_room, rows):  # type: ignore[no-untyped-def]
    normed, levels = row_room
    count = len(hidden)
    norm = model.norms[-1]
    tiles = tiles_of(count)
    tile = next_task(crew, part, tiles, NONE)
    while tile != NONE:
        for row in range(first_row(tile, count), first_row(tile + 1, count)):
            normalize(hidden[row], norm[0], norm[1], model.epsilon, normed)
            shifts[row] = dot(normed, model.mean)
            put_row(normed, levels, rows, row, count)
        tile = next_task(crew, part, tiles, tile)
    return part + 1


@compiled(borrows=True)
def _pick(crew, part, hidden, drawn, picked):  # type: ignore[no-untyped-def]
    row = next_task(crew, part, len(drawn), NONE)
    while row != NONE:
        for i in range(hidden.shape[1]):
            picked[row, i] = hidden[drawn[row], i]
        row = next_task(crew, part, len(drawn), row)
    return part + 1


@compiled()
def _attend(crew, part, batch, onward, projected, keys, values, model, attended):  # type: ignore[no-untyped-def]
    """`onward`: of each chunk how many rows go on, its last ones, and the first one's place."""
    dim = model.token_embedding.shape[1] // keys.shape[2]
    rows, most = onward[0].sum(), onward[0].max()
    room = (
        new_scratch(batch.starts, batch.counts, keys, values),
        np.empty((most, dim), np.float32),
    )
    return _mix_all(
        crew, part, batch, onward, rows, projected, keys, values, model.scale, attended, room
    )


@compiled(borrows=True)
def _mix_all(  # type: ignore[no-untyped-def]
    crew, part, batch, onward, rows, projected, keys, values, scale, attended, room
):
    chunks, heads = len(batch.slots), keys.shape[2]
    kept, places = onward
    scratch, mixed = room
    tasks, dim = chunks * heads, mixed.shape[1]
    group = _group_of(heads, crew[0].members.shape[1])
    task = next_task(crew, part, tasks, NONE)
    while task != NONE:
        head, chunk = _head_and_chunk(task, chunks, group)
        next_head, next_chunk = _head_and_chunk(min(task + 1, tasks - 1), chunks, group)
        slots_on, heads_on = batch.slots[next_chunk] - batch.slots[chunk], next_head - head
        first, count, slot = batch.firsts[chunk], batch.counts[chunk], batch.slots[chunk]
        mix_head(
            projected[first : first + count],
            keys[slot, :, head],
            values[slot, :, head],
            scale,
            head,
            heads,
            batch.starts[chunk],
            _onward(keys, slots_on, heads_on),
            _onward(values, slots_on, heads_on),
            scratch,
            mixed[: kept[chunk]],
        )
        for row in range(kept[chunk]):
            place = place_in(attended, places[chunk] + row, rows)
            put_part(mixed[row], attended, place, head * dim)
        task = next_task(crew, part, tasks, task)
    return part + 1


@compiled(borrows=True)
def _group_of(heads, members):  # type: ignore[no-untyped-def]
    """Heads that a thread goes through of a chunk before it does of the next: they lie together.
    Of every chunk each gets as many as the others, if they can be shared out so.
    """
    group = max(1, heads // members)
    while heads % group:
        group -= 1
    return group


@compiled(borrows=True)
def _head_and_chunk(task, chunks, group):  # type: ignore[no-untyped-def]
    rest = task % (chunks * group)
    return task // (chunks * group) * group + rest % group, rest // group


@compiled(borrows=True)
def _onward(kept, slots, heads):  # type: ignore[no-untyped-def]
    """How many numbers further another slot's head is, of [slots, blocks, heads, ...]."""
    return (slots * kept.strides[0] + heads * kept.strides[2]) // kept.itemsize
