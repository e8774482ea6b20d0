"""The compiled half of the few-rows step: int8 weights, float32 everything else, several threads.

A step is cut into tickets: one head of the fused qkv product, one row's attention in one head, a
chunk of rows of one of the other products. Threads draw tickets in order from a counter, and wait
only until what the ticket's stage reads is complete. So no thread waits for one that has no ticket:
a helper that wakes late, or never, costs speed and nothing else. A ticket's arithmetic depends
neither on who draws it nor on the other rows of the step, so neither do a row's logits.
"""
# ruff: noqa: PLR0917  compiled functions take their arguments by position

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from model_server.kernels.vectors import GROUP, add, compiled, exponential, read

from model_server.kernels.vectors import tile_1, tile_2, tile_4, tile_8, yield_core  # isort: skip

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

MAX_ROWS = 16
"""Rows of one step; more are work for torch, whose products are built for many rows."""
PAD = 16
"""Inner sizes are padded with zeros to a multiple of this, so that no product has a remainder."""
PARTS, HEAD_PARTS = 2, 8
"""Tickets of a product, and of the output head, for each thread: the longer a run of weights, the
better it is read ahead; the shorter, the less is waited for at the end of a stage."""
TOTAL, DONE = 8, 16
"""Where in a step's counters; [0]: tickets left. Apart, each in a cache line of its own."""
QKV, ATTENTION, OUT, GATE_UP, DOWN, HEAD = range(6)  # the stages; all but the last in every layer
_ONE = np.float32(1)


class Int8Weights(NamedTuple):
    """A product of every layer: weight[o, i] ~ code * scales[o], scale = absmax / 127.

    Codes of GROUP outputs at a time, for each input side by side. Zeros fill up what is not a
    multiple: each head's outputs, each of gate and up, and the inputs.
    """

    codes: npt.NDArray[np.int8]  # (L, O / GROUP, I padded, GROUP)
    scales: Floats  # (L, O)


class LowRanks(NamedTuple):
    """An adapter's change to a product of every layer: y += b (a x). Rank 0: no change."""

    a: Floats  # (L, R, I)
    b: Floats  # (L, O, R)


class Adapter(NamedTuple):
    """An adapter that is not merged. LoRA, arXiv 2106.09685."""

    qkv: LowRanks
    o: LowRanks
    gate_up: LowRanks
    down: LowRanks


class Shape(NamedTuple):
    heads: int
    kv_heads: int
    head_size: int
    d_model: int
    d_ff: int
    layers: int
    vocabulary: int
    threads: int
    rotary: bool
    gelu: bool
    eps: np.float32


class Weights(NamedTuple):
    embedding: Int8Weights
    head: Int8Weights
    qkv: Int8Weights
    o: Int8Weights
    gate_up: Int8Weights
    down: Int8Weights
    attention_norm: Floats  # (L, C)
    feed_forward_norm: Floats  # (L, C)
    norm: Floats  # (1, C)
    qkv_bias: Floats  # (L, qkv rows), zeros without
    cos: Floats  # (max_context, D/2)
    sin: Floats
    distance_bias: Floats  # (H, max_context): what T5's positions add to a score


class Buffers(NamedTuple):
    """x, q, attended, hidden are shared; the others are each thread's own (first axis)."""

    x: Floats  # (MAX_ROWS, C)
    q: Floats  # (MAX_ROWS, H * D)
    attended: Floats  # (MAX_ROWS, H * D padded)
    hidden: Floats  # (MAX_ROWS, F padded)
    normed: Floats  # (T, MAX_ROWS, C padded)
    out: Floats  # (T, 2, MAX_ROWS, widest chunk)
    low: Floats  # (T, MAX_ROWS, R)
    scores: Floats  # (T, max_context)


class Rows(NamedTuple):
    """What a step reads and writes; see Int8Model.step."""

    ids: Ints  # (N,)
    positions: Ints  # (N,)
    table: Ints  # (sum of S,)
    table_start: Ints  # (N,)
    wanted: Ints  # (W,)
    keys: Floats  # (L, slots, Hkv * D)
    values: Floats
    logits: Floats  # (W, V)


class Step(NamedTuple):
    """All that a step's tickets need."""

    shape: Shape
    weights: Weights
    buffers: Buffers
    rows: Rows
    adapter: Adapter


@compiled
def quantize(weight: Floats, codes: npt.NDArray[np.int8], scales: Floats) -> None:
    """weight (O, I) float32 -> codes (O, I) int8 and scales (O,) float32, in place.

    Per output channel, symmetric: |weight - codes * scale| <= scale / 2. A row of zeros has scale
    0; a row with a value that is not finite has scale NaN, so that its products show it.
    """
    for row in range(weight.shape[0]):
        peak = np.float32(0)
        finite = np.float32(0)
        for i in range(weight.shape[1]):
            peak = max(peak, abs(weight[row, i]))
            finite += weight[row, i] * np.float32(0)
        scales[row] = peak / np.float32(127) + finite
        inverse = np.float32(127) / peak if peak > 0 and finite == 0 else np.float32(0)
        for i in range(weight.shape[1]):
            codes[row, i] = np.int8(np.rint(weight[row, i] * inverse))


@compiled
def interleave(codes: npt.NDArray[np.int8], target: npt.NDArray[np.int8]) -> None:
    """codes (O, I) -> target (groups of O, I padded, GROUP), which is zero where nothing comes."""
    for o in range(codes.shape[0]):
        group, lane = o // GROUP, o % GROUP
        for i in range(codes.shape[1]):
            target[group, i, lane] = codes[o, i]


@compiled
def _normalize(x: Floats, weight: Floats, eps: np.float32, out: Floats) -> None:
    """RMSNorm (arXiv 1910.07467) of x (C,) into out (C padded,)."""
    squares = np.float32(0)
    for i in range(len(x)):
        squares += x[i] * x[i]
    factor = _ONE / np.sqrt(squares / np.float32(len(x)) + eps)
    for i in range(len(x)):
        out[i] = x[i] * factor * weight[i]


@compiled
def _project(
    matrix: Int8Weights, change: LowRanks, layer: int, group: int, first: int, last: int, n: int,
    x: Floats, low: Floats, out: Floats,
) -> None:  # fmt: skip
    """Outputs first to last for the first n rows of x (rows, I padded) -> out (rows, last - first).

    The codes of `first` begin the matrix's group `group`. low (rows, R) is the adapter's a x.
    """
    codes, scales = matrix.codes, matrix.scales
    inputs, wide = codes.shape[2], out.shape[1]
    weights = codes.ctypes.data + (layer * codes.shape[1] + group) * inputs * GROUP
    start = 0
    while start < n:
        left = n - start
        # More rows than are left do no harm: there is room for them, and nobody reads them.
        rows = 8 if left >= 6 else 4 if left >= 3 else left
        values, results = x.ctypes.data + 4 * start * inputs, out.ctypes.data + 4 * start * wide
        for o in range(0, last - first, GROUP):
            here, there = weights + o * inputs, results + 4 * o
            if rows == 8:
                tile_8(here, inputs, values, inputs, there, wide)
            elif rows == 4:
                tile_4(here, inputs, values, inputs, there, wide)
            elif rows == 2:
                tile_2(here, inputs, values, inputs, there, wide)
            else:
                tile_1(here, inputs, values, inputs, there, wide)
        start += rows
    for row in range(n):
        for o in range(first, last):
            out[row, o - first] *= scales[layer, o]
    for row in range(n if change.a.shape[1] else 0):
        for o in range(first, last):
            for r in range(change.b.shape[2]):
                out[row, o - first] += change.b[layer, o, r] * low[row, r]


@compiled
def _lower(change: LowRanks, layer: int, n: int, x: Floats, low: Floats) -> None:
    """The adapter's a x for the first n rows of x."""
    for row in range(n):
        for r in range(change.a.shape[1]):
            total = np.float32(0)
            for i in range(change.a.shape[2]):
                total += change.a[layer, r, i] * x[row, i]
            low[row, r] = total


@compiled
def _store_head(step: Step, layer: int, head: int, out: Floats) -> None:
    """Bias and rotate one head's outputs (N, D); queries go to q, keys and values to the cache."""
    shape, weights, rows = step.shape, step.weights, step.rows
    size = shape.head_size
    half, kv = size // 2, head - shape.heads
    for n in range(len(rows.ids)):
        y, position = out[n, :size], rows.positions[n]
        for i in range(size):
            y[i] += weights.qkv_bias[layer, head * size + i]
        if shape.rotary and kv < shape.kv_heads:  # arXiv 2104.09864, pairs (i, i + D/2)
            for i in range(half):
                cos, sin = weights.cos[position, i], weights.sin[position, i]
                left, right = y[i], y[half + i]
                y[i] = left * cos - right * sin
                y[half + i] = right * cos + left * sin
        slot = rows.table[rows.table_start[n] + position]
        target = step.buffers.q[n, head * size :]
        if kv >= shape.kv_heads:
            target = rows.values[layer, slot, (kv - shape.kv_heads) * size :]
        elif kv >= 0:
            target = rows.keys[layer, slot, kv * size :]
        for i in range(size):
            target[i] = y[i]


@compiled
def _score(
    q: Floats, keys: Floats, first: int, table: Ints, scale: np.float32, scores: Floats
) -> None:
    """scores[s] = scale * q (D,) . keys[table[s], first : first + D]."""
    for s in range(len(table)):
        key, score = keys[table[s], first : first + len(q)], np.float32(0)
        for i in range(len(q)):
            score += q[i] * key[i]
        scores[s] = score * scale


@compiled
def _softmax(scores: Floats) -> None:
    top = np.float32(-np.inf)
    for s in range(len(scores)):
        top = scores[s] if scores[s] > top else top
    total = np.float32(0)
    for s in range(len(scores)):
        scores[s] = exponential(scores[s] - top)
        total += scores[s]
    for s in range(len(scores)):
        scores[s] /= total


@compiled
def _mix(shares: Floats, values: Floats, first: int, table: Ints, out: Floats) -> None:
    """out (D,) = the sum of shares[s] * values[table[s], first : first + D].

    Four slots at a time, or `out` is loaded and stored for each.
    """
    last = first + len(out)
    for i in range(len(out)):
        out[i] = 0
    whole = len(table) // 4 * 4
    for s in range(0, whole, 4):
        a, b = values[table[s], first:last], values[table[s + 1], first:last]
        c, d = values[table[s + 2], first:last], values[table[s + 3], first:last]
        p, q, r, t = shares[s], shares[s + 1], shares[s + 2], shares[s + 3]
        for i in range(len(out)):
            out[i] += p * a[i] + q * b[i] + r * c[i] + t * d[i]
    for s in range(whole, len(table)):
        a, p = values[table[s], first:last], shares[s]
        for i in range(len(out)):
            out[i] += p * a[i]


@compiled
def _attend(step: Step, layer: int, row: int, head: int, scores: Floats) -> None:
    """One row's attention in one head, over its sequence's slots."""
    shape, rows, buffers = step.shape, step.rows, step.buffers
    size, start, count = shape.head_size, rows.table_start[row], rows.positions[row] + 1
    first = head * size
    kv_first = head // (shape.heads // shape.kv_heads) * size  # grouped: arXiv 2305.13245
    table, scores = rows.table[start : start + count], scores[:count]
    q, y = buffers.q[row, first : first + size], buffers.attended[row, first : first + size]
    _score(q, rows.keys[layer], kv_first, table, _ONE / np.sqrt(np.float32(size)), scores)
    if not shape.rotary:
        for s in range(count):
            scores[s] += step.weights.distance_bias[head, count - 1 - s]
    _softmax(scores)
    _mix(scores, rows.values[layer], kv_first, table, y)


@compiled
def _activate(gelu: bool, gate: Floats, up: Floats, out: Floats) -> None:
    """Gated unit (arXiv 2002.05202): SiLU(gate) * up, or GELU (its tanh form)."""
    for i in range(len(out)):
        x = gate[i]
        z = x
        if gelu:  # (1 + tanh(z / 2)) / 2 is the logistic function of z
            z = np.float32(1.5957691) * (x + np.float32(0.044715) * x * x * x)
        out[i] = x / (_ONE + exponential(-z)) * up[i]


@compiled
def groups(outputs: int) -> int:
    """Groups that so many outputs take, the last filled up."""
    return -(-outputs // GROUP)


@compiled
def chunk(outputs: int, parts: int) -> int:
    """Outputs of a ticket, when about `parts` tickets share them: whole groups."""
    return max(1, groups(outputs) // parts) * GROUP


@compiled
def tickets(shape: Shape, n: int, wanted: int) -> tuple[int, int, int, int, int, int]:
    """How many tickets each stage has in a step of n rows."""
    parts = PARTS * shape.threads
    residual = -(-shape.d_model // chunk(shape.d_model, parts))
    hidden = -(-shape.d_ff // chunk(shape.d_ff, parts))
    logits = -(-shape.vocabulary // chunk(shape.vocabulary, HEAD_PARTS * shape.threads))
    heads = shape.heads + 2 * shape.kv_heads
    return heads, n * shape.heads, residual, hidden, residual, logits if wanted else 0


@compiled
def _wait(counters: Ints, until: int) -> None:
    """Until so many tickets are done; whoever holds the last ones may need this very core."""
    spins = 0
    while read(counters, DONE, 0) < until:
        spins += 1
        if spins > 2000:
            yield_core()


@compiled
def _prepare(step: Step, layer: int, stage: int, normed: Floats, low: Floats) -> None:
    """What every ticket of a stage reads, made by each thread for itself."""
    shape, weights, x, adapter = step.shape, step.weights, step.buffers.x, step.adapter
    n = len(step.rows.ids)
    if stage == QKV:
        for row in range(n):
            _normalize(x[row], weights.attention_norm[layer], shape.eps, normed[row])
        _lower(adapter.qkv, layer, n, normed, low)
    elif stage == OUT:
        _lower(adapter.o, layer, n, step.buffers.attended, low)
    elif stage == GATE_UP:
        for row in range(n):
            _normalize(x[row], weights.feed_forward_norm[layer], shape.eps, normed[row])
        _lower(adapter.gate_up, layer, n, normed, low)
    elif stage == DOWN:
        _lower(adapter.down, layer, n, step.buffers.hidden, low)
    elif stage == HEAD:
        for row, wanted in enumerate(step.rows.wanted):
            _normalize(x[wanted], weights.norm[0], shape.eps, normed[row])


@compiled
def _add_product(
    step: Step, matrix: Int8Weights, change: LowRanks, layer: int, unit: int,
    x: Floats, low: Floats, out: Floats,
) -> None:  # fmt: skip
    """One ticket of a product that is added to the residual stream."""
    n, take = len(step.rows.ids), chunk(step.shape.d_model, PARTS * step.shape.threads)
    first, last = unit * take, min(unit * take + take, step.shape.d_model)
    _project(matrix, change, layer, first // GROUP, first, last, n, x, low, out)
    for row in range(n):
        for i in range(first, last):
            step.buffers.x[row, i] += out[row, i - first]


@compiled
def _work(step: Step, thread: int, layer: int, stage: int, unit: int) -> None:
    """One ticket."""
    shape, weights, buffers, adapter = step.shape, step.weights, step.buffers, step.adapter
    n, size, f = len(step.rows.ids), shape.head_size, shape.d_ff
    normed, low, out = buffers.normed[thread], buffers.low[thread], buffers.out[thread, 0]
    if stage == QKV:
        first, group = unit * size, unit * groups(size)
        _project(weights.qkv, adapter.qkv, layer, group, first, first + size, n, normed, low, out)
        _store_head(step, layer, unit, out)
    elif stage == ATTENTION:
        _attend(step, layer, unit // shape.heads, unit % shape.heads, buffers.scores[thread])
    elif stage == OUT:
        _add_product(step, weights.o, adapter.o, layer, unit, buffers.attended, low, out)
    elif stage == GATE_UP:
        take = chunk(f, PARTS * shape.threads)
        first, last = unit * take, min(unit * take + take, f)
        up, change, group = buffers.out[thread, 1], adapter.gate_up, first // GROUP
        _project(weights.gate_up, change, layer, group, first, last, n, normed, low, out)
        group += groups(f)
        _project(weights.gate_up, change, layer, group, f + first, f + last, n, normed, low, up)
        for row in range(n):
            _activate(shape.gelu, out[row], up[row], buffers.hidden[row, first:last])
    elif stage == DOWN:
        _add_product(step, weights.down, adapter.down, layer, unit, buffers.hidden, low, out)
    else:
        take, logits = chunk(shape.vocabulary, HEAD_PARTS * shape.threads), step.rows.logits
        first, last = unit * take, min(unit * take + take, shape.vocabulary)
        unchanged = LowRanks(adapter.qkv.a[:, :0], adapter.qkv.b)
        group = first // GROUP
        _project(weights.head, unchanged, 0, group, first, last, len(logits), normed, low, out)
        for row in range(len(logits)):
            for i in range(first, last):
                logits[row, i] = out[row, i - first]


@compiled
def run(thread: int, counters: Ints, step: Step) -> None:
    """Draw tickets of the step and do them until none is left; thread 0 waits for the others'."""
    counts = tickets(step.shape, len(step.rows.ids), len(step.rows.wanted))
    per_layer = counts[0] + counts[1] + counts[2] + counts[3] + counts[4]
    prepared = -1
    while True:
        left = add(counters, 0, -1)
        if left <= 0:
            break
        ticket = counters[TOTAL] - left
        layer = min(ticket // per_layer, step.shape.layers)
        stage, unit = 0, ticket - layer * per_layer
        if layer == step.shape.layers:
            stage = HEAD
        while stage < HEAD and unit >= counts[stage]:
            unit -= counts[stage]
            stage += 1
        _wait(counters, ticket - unit)
        if prepared != layer * (HEAD + 1) + stage:
            prepared = layer * (HEAD + 1) + stage
            _prepare(step, layer, stage, step.buffers.normed[thread], step.buffers.low[thread])
        _work(step, thread, layer, stage, unit)
        add(counters, DONE, 1)
    if thread == 0:
        _wait(counters, counters[TOTAL])
