"""The compiled half of the few-rows step: int8 weights, float32 everything else, several threads.

A step is cut into tickets: one head of the fused qkv product, one row's attention in one head, a
chunk of rows of one of the other products. Threads draw tickets in order from a counter, and wait
only until what the ticket's stage reads is complete. So no thread waits for one that has no ticket:
a helper that wakes late, or never, costs speed and nothing else. A ticket's arithmetic depends
neither on who draws it nor on the other rows of the step, so neither do a row's logits.

Weights are read once a step, the whole cost of a row. What `_tile` does was chosen by measurement
(2 cores, AVX-512; 134 MB in rows of 576): numba's own loop over int8 7 ms and more; four weight rows
at a time in generic LLVM vectors 7.7 ms; with a prefetch 8 KB ahead 3.8 ms, as fast as the memory is
read. Four rows share one conversion to float32: 1.5 times the time of one row.

Everything compiled stands in this file: numba's cache on disk looks at one file's date only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, ParamSpec, TypeVar, cast

import numba
import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

P = ParamSpec("P")
R = TypeVar("R")
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

MAX_ROWS = 16
"""Rows of one step: with more, float32 products are faster."""
PAD = 16
"""Inner sizes are padded with zeros to a multiple of this, so that no product has a remainder."""
BLOCK = 4
"""Weight rows that one tile takes; a matrix has up to 3 rows of anything behind its last."""
CHUNK_BYTES = 32_768
DONE, TOTAL = 16, 8  # where in `counters`; [0] tickets left. 128 bytes apart: no shared cache line
_AHEAD = 8192
_ONE, _HALF = np.float32(1), np.float32(0.5)


class Int8Weights(NamedTuple):
    """A product of every layer: w[i, :] ~ codes[i, :] * scales[i], scale = absmax / 127."""

    codes: npt.NDArray[np.int8]  # (L, O, I padded)
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


def _compiled(function: Callable[P, R], *, fast: bool = True) -> Callable[P, R]:
    """Compile at the first call, cached on disk where a folder for it can be written.

    `fast` lets sums be reordered and multiplications fused; NaN and infinity stay what they are.
    """
    flags = {"reassoc", "contract", "nsz"} if fast else False  # unset, it would be the caller's
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "fastmath": flags,
        "_nrt": False,  # nothing allocates, and no reference is counted: that took a third of a step
    }
    try:
        return cast(Callable[P, R], numba.njit(cache=True, **options)(function))
    except RuntimeError:  # no such folder
        return cast(Callable[P, R], numba.njit(**options)(function))


def _exact(function: Callable[P, R]) -> Callable[P, R]:
    return _compiled(function, fast=False)


_I8, _I32, _I64, _F32 = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType()


def _load(builder: Any, address: Any, kind: Any, align: int) -> Any:
    value = builder.load(builder.inttoptr(address, kind.as_pointer()))
    value.align = align
    return value


def _sum(builder: Any, vector: Any, lanes: int) -> Any:
    """By halves: the same order in every tile."""
    while lanes > 1:
        lanes //= 2
        halves = [
            builder.shuffle_vector(
                vector,
                ir.Constant(vector.type, ir.Undefined),
                ir.Constant(ir.VectorType(_I32, lanes), list(range(first, first + lanes))),
            )
            for first in (0, lanes)
        ]
        vector = builder.fadd(*halves)
    return builder.extract_element(vector, _I32(0))


def _emit(builder: Any, arguments: list[Any], rows: int, outputs: int, lanes: int) -> None:
    """Dot products of `outputs` weight rows with `rows` inputs; an accumulator vector for each."""
    codes, stride, x, x_stride, out, out_stride = arguments
    floats, ints = ir.VectorType(_F32, lanes), ir.VectorType(_I32, lanes)
    fma = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(floats, [floats] * 3), f"llvm.fma.v{lanes}f32"
    )
    prefetch = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(ir.VoidType(), [_I8.as_pointer(), _I32, _I32, _I32]),
        "llvm.prefetch.p0",
    )
    pairs = [(row, output) for row in range(rows) for output in range(outputs)]
    zero = ir.Constant(floats, [0.0] * lanes)
    sums = {pair: cgutils.alloca_once_value(builder, zero) for pair in pairs}
    for pair in pairs:
        builder.store(zero, sums[pair])
    weight = [builder.add(codes, builder.mul(stride, _I64(output))) for output in range(outputs)]
    row_x = [builder.add(x, builder.mul(x_stride, _I64(4 * row))) for row in range(rows)]
    with cgutils.for_range_slice(builder, _I64(0), stride, _I64(lanes), _I64) as (at, _):
        ahead = builder.add(weight[0], builder.add(_I64(_AHEAD), builder.mul(at, _I64(outputs))))
        hint = builder.inttoptr(ahead, _I8.as_pointer())
        builder.call(prefetch, [hint, _I32(0), _I32(3), _I32(1)])  # to be read, kept, data
        read = [
            _load(builder, builder.add(address, at), ir.VectorType(_I8, lanes), 1)
            for address in weight
        ]
        wide = [builder.sitofp(builder.sext(value, ints), floats) for value in read]
        for row in range(rows):
            value = _load(builder, builder.add(row_x[row], builder.mul(at, _I64(4))), floats, 4)
            for output in range(outputs):
                total = sums[row, output]
                builder.store(builder.call(fma, [wide[output], value, builder.load(total)]), total)
    for row, output in pairs:
        total = _sum(builder, builder.load(sums[row, output]), lanes)
        at = builder.add(builder.mul(out_stride, _I64(row)), _I64(output))
        address = builder.add(out, builder.mul(at, _I64(4)))
        builder.store(total, builder.inttoptr(address, _F32.as_pointer()))


def _tile(rows: int) -> Any:
    """(codes, stride, x, x_stride, out, out_stride): BLOCK weight rows times `rows` inputs.

    Addresses, and strides in elements. out[row, output] = sum over i of codes[output, i] x[row, i].
    """

    @intrinsic
    def tile(_: Any, codes: Any, stride: Any, x: Any, x_stride: Any, out: Any, step: Any) -> Any:
        def generate(context: Any, builder: Any, _: Any, arguments: list[Any]) -> Any:
            codes, stride, x, x_stride, out, step = arguments
            wide = "+avx512f" in context.codegen().magic_tuple()[2]
            outputs = BLOCK // 2 if rows == 4 and not wide else BLOCK  # what the registers hold
            for first in range(0, BLOCK, outputs):
                here = builder.add(codes, builder.mul(stride, _I64(first)))
                there = builder.add(out, _I64(4 * first))
                operands = [here, stride, x, x_stride, there, step]
                _emit(builder, operands, rows, outputs, 16 if wide else 8)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 6), generate

    return tile


_tile_1, _tile_2, _tile_4 = _tile(1), _tile(2), _tile(4)


def _atomic(operation: str) -> Any:
    @intrinsic
    def atomic(_: Any, counters: Any, index: Any, amount: Any) -> Any:
        """counters[index] before `amount` was added. Orders what stands around it."""

        def generate(context: Any, builder: Any, signature: Any, arguments: list[Any]) -> Any:
            array = context.make_array(signature.args[0])(context, builder, arguments[0])
            address = builder.gep(array.data, [arguments[1]])
            if operation == "load":
                return builder.load_atomic(address, "acquire", 8)
            return builder.atomic_rmw("add", address, arguments[2], "acq_rel")

        return types.int64(counters, types.int64, types.int64), generate

    return atomic


_add, _read = _atomic("add"), _atomic("load")
_sched_yield = types.ExternalFunction("sched_yield", types.int32())


@intrinsic
def _bits(_: Any, x: Any) -> Any:
    """The bits of a float32 as int32, and back."""
    target = types.int32 if x == types.float32 else types.float32

    def generate(context: Any, builder: Any, signature: Any, arguments: list[Any]) -> Any:
        return builder.bitcast(arguments[0], context.get_value_type(signature.return_type))

    return target(x), generate


_LOG2_E, _MAGIC = np.float32(1.44269504), np.float32(12582912)  # 1.5 * 2**23: adding it rounds
_LN2_HIGH, _LN2_LOW = np.float32(0.693359375), np.float32(-2.12194440e-4)
_LOW, _HIGH = np.float32(-87), np.float32(88)
_E2, _E3, _E4 = np.float32(0.5), np.float32(1.6666665e-1), np.float32(4.1665796e-2)
_E5, _E6, _E7 = np.float32(8.3334519e-3), np.float32(1.3981999e-3), np.float32(1.9875691e-4)


@_exact
def exponential(x: np.float32) -> np.float32:
    """e**x within 2 units in the last place from -87 to 88, constant outside; NaN stays NaN.

    Cephes' expf (S. Moshier): 2**n times a polynomial. Without branches, so that loops over it
    become vectors.
    """
    x = _LOW if x < _LOW else x
    x = _HIGH if x > _HIGH else x
    shifted = x * _LOG2_E + _MAGIC
    n = shifted - _MAGIC
    r = x - n * _LN2_HIGH - n * _LN2_LOW
    p = ((((_E7 * r + _E6) * r + _E5) * r + _E4) * r + _E3) * r + _E2
    power = _bits(np.int32((_bits(shifted) << np.int32(23)) + np.int32(0x3F800000)))
    return (p * r * r + r + _ONE) * power


@_compiled
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


@_compiled
def _normalize(x: Floats, weight: Floats, eps: np.float32, out: Floats) -> None:
    """RMSNorm (arXiv 1910.07467) of x (C,) into out (C padded,)."""
    squares = np.float32(0)
    for i in range(len(x)):
        squares += x[i] * x[i]
    factor = _ONE / np.sqrt(squares / np.float32(len(x)) + eps)
    for i in range(len(x)):
        out[i] = x[i] * factor * weight[i]


@_compiled
def _project(
    matrix: Int8Weights,
    change: LowRanks,
    layer: int,
    first: int,
    last: int,
    n: int,
    x: Floats,
    low: Floats,
    out: Floats,
) -> None:
    """Outputs first to last for the first n rows of x (rows, I padded) -> out (rows, last - first).

    low (rows, R) is the adapter's a x.
    """
    codes, scales = matrix.codes, matrix.scales
    stride, wide = x.shape[1], out.shape[1]
    weights = codes.ctypes.data + layer * codes.shape[1] * stride
    for start in range(0, n, 4):
        inputs, results = x.ctypes.data + 4 * start * stride, out.ctypes.data + 4 * start * wide
        for o in range(first, last, BLOCK):
            here, there = weights + o * stride, results + 4 * (o - first)
            if n - start >= 3:  # three rows as four: what is behind them is not read
                _tile_4(here, stride, inputs, stride, there, wide)
            elif n - start == 2:
                _tile_2(here, stride, inputs, stride, there, wide)
            else:
                _tile_1(here, stride, inputs, stride, there, wide)
    for row in range(n):
        for o in range(first, last):
            out[row, o - first] *= scales[layer, o]
    for row in range(n if change.a.shape[1] else 0):
        for o in range(first, last):
            for r in range(change.b.shape[2]):
                out[row, o - first] += change.b[layer, o, r] * low[row, r]


@_compiled
def _lower(change: LowRanks, layer: int, n: int, x: Floats, low: Floats) -> None:
    """The adapter's a x for the first n rows of x."""
    for row in range(n):
        for r in range(change.a.shape[1]):
            total = np.float32(0)
            for i in range(change.a.shape[2]):
                total += change.a[layer, r, i] * x[row, i]
            low[row, r] = total


@_compiled
def _store_head(
    layer: int, head: int, shape: Shape, weights: Weights, rows: Rows, q: Floats, out: Floats
) -> None:
    """Bias and rotate one head's outputs (N, D); queries go to q, keys and values to the cache."""
    size = shape.head_size
    half = size // 2
    kv = head - shape.heads
    for n in range(len(rows.ids)):
        y = out[n, :size]
        for i in range(size):
            y[i] += weights.qkv_bias[layer, head * size + i]
        position = rows.positions[n]
        if shape.rotary and kv < shape.kv_heads:  # arXiv 2104.09864, pairs (i, i + D/2)
            for i in range(half):
                cos, sin = weights.cos[position, i], weights.sin[position, i]
                left, right = y[i], y[half + i]
                y[i] = left * cos - right * sin
                y[half + i] = right * cos + left * sin
        slot = rows.table[rows.table_start[n] + position]
        target = q[n, head * size :]
        if kv >= shape.kv_heads:
            target = rows.values[layer, slot, (kv - shape.kv_heads) * size :]
        elif kv >= 0:
            target = rows.keys[layer, slot, kv * size :]
        for i in range(size):
            target[i] = y[i]


@_compiled
def _score(
    q: Floats, keys: Floats, first: int, table: Ints, scale: np.float32, scores: Floats
) -> None:
    """scores[s] = scale * q (D,) . keys[table[s], first : first + D]."""
    for s in range(len(table)):
        key, score = keys[table[s], first : first + len(q)], np.float32(0)
        for i in range(len(q)):
            score += q[i] * key[i]
        scores[s] = score * scale


@_compiled
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


@_compiled
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


@_compiled
def _attend(
    layer: int,
    row: int,
    head: int,
    shape: Shape,
    weights: Weights,
    buffers: Buffers,
    rows: Rows,
    scores: Floats,
) -> None:
    """One row's attention in one head, over its sequence's slots."""
    size, start, count = shape.head_size, rows.table_start[row], rows.positions[row] + 1
    first = head * size
    offset = head // (shape.heads // shape.kv_heads) * size  # grouped: arXiv 2305.13245
    table, scores = rows.table[start : start + count], scores[:count]
    q, y = buffers.q[row, first : first + size], buffers.attended[row, first : first + size]
    scale = _ONE / np.sqrt(np.float32(size))
    _score(q, rows.keys[layer], offset, table, scale, scores)
    if not shape.rotary:
        for s in range(count):
            scores[s] += weights.distance_bias[head, count - 1 - s]
    _softmax(scores)
    _mix(scores, rows.values[layer], offset, table, y)


@_compiled
def _activate(gelu: bool, gate: Floats, up: Floats, out: Floats) -> None:
    """Gated unit (arXiv 2002.05202): SiLU(gate) * up, or GELU (its tanh form)."""
    for i in range(len(out)):
        x = gate[i]
        z = x
        if gelu:  # (1 + tanh(z / 2)) / 2 is the logistic function of z
            z = np.float32(1.5957691) * (x + np.float32(0.044715) * x * x * x)
        out[i] = x / (_ONE + exponential(-z)) * up[i]


@_compiled
def chunk(width: int) -> int:
    """Weight rows of a ticket, for rows of `width` bytes."""
    return max(BLOCK, CHUNK_BYTES // width // BLOCK * BLOCK)


@_compiled
def tickets(shape: Shape, n: int, wanted: int) -> tuple[int, int, int, int, int, int]:
    """How many tickets a stage has: qkv, attention, o, gate and up, down (per layer), head."""
    c, hd, f = shape.d_model, shape.heads * shape.head_size, shape.d_ff
    return (
        shape.heads + 2 * shape.kv_heads,
        n * shape.heads,
        -(-c // chunk(hd)),
        -(-f // chunk(2 * c)),
        -(-c // chunk(f)),
        -(-shape.vocabulary // chunk(c)) if wanted else 0,
    )


@_compiled
def _wait(counters: Ints, until: int) -> None:
    """Until so many tickets are done; whoever holds the last ones may need this very core."""
    spins = 0
    while _read(counters, DONE, 0) < until:
        spins += 1
        if spins > 2000:
            _sched_yield()


@_compiled
def _prepare(
    layer: int,
    stage: int,
    n: int,
    shape: Shape,
    weights: Weights,
    buffers: Buffers,
    rows: Rows,
    adapter: Adapter,
    normed: Floats,
    low: Floats,
) -> None:
    """What every ticket of a stage reads, made by each thread for itself."""
    if stage == 0:
        for row in range(n):
            _normalize(buffers.x[row], weights.attention_norm[layer], shape.eps, normed[row])
        _lower(adapter.qkv, layer, n, normed, low)
    elif stage == 2:
        _lower(adapter.o, layer, n, buffers.attended, low)
    elif stage == 3:
        for row in range(n):
            _normalize(buffers.x[row], weights.feed_forward_norm[layer], shape.eps, normed[row])
        _lower(adapter.gate_up, layer, n, normed, low)
    elif stage == 4:
        _lower(adapter.down, layer, n, buffers.hidden, low)
    elif stage == 5:
        for row in range(len(rows.wanted)):
            _normalize(buffers.x[rows.wanted[row]], weights.norm[0], shape.eps, normed[row])


@_compiled
def _work(
    thread: int,
    layer: int,
    stage: int,
    unit: int,
    shape: Shape,
    weights: Weights,
    buffers: Buffers,
    rows: Rows,
    adapter: Adapter,
) -> None:
    """One ticket."""
    n, size = len(rows.ids), shape.head_size
    normed, low, out = buffers.normed[thread], buffers.low[thread], buffers.out[thread, 0]
    if stage == 0:
        first = unit * size
        _project(weights.qkv, adapter.qkv, layer, first, first + size, n, normed, low, out)
        _store_head(layer, unit, shape, weights, rows, buffers.q, out)
    elif stage == 1:
        row, head = unit // shape.heads, unit % shape.heads
        _attend(layer, row, head, shape, weights, buffers, rows, buffers.scores[thread])
    elif stage == 3:
        take = chunk(2 * shape.d_model)
        first, last = unit * take, min(unit * take + take, shape.d_ff)
        up, f = buffers.out[thread, 1], shape.d_ff
        _project(weights.gate_up, adapter.gate_up, layer, first, last, n, normed, low, out)
        _project(weights.gate_up, adapter.gate_up, layer, f + first, f + last, n, normed, low, up)
        for row in range(n):
            _activate(shape.gelu, out[row], up[row], buffers.hidden[row, first:last])
    elif stage == 5:
        take, n = chunk(shape.d_model), len(rows.wanted)
        first, last = unit * take, min(unit * take + take, shape.vocabulary)
        nothing = LowRanks(adapter.qkv.a[:, :0], adapter.qkv.b)
        _project(weights.head, nothing, 0, first, last, n, normed, low, out)
        for row in range(n):
            for i in range(first, last):
                rows.logits[row, i] = out[row, i - first]
    else:
        matrix, change, x = weights.o, adapter.o, buffers.attended
        if stage == 4:
            matrix, change, x = weights.down, adapter.down, buffers.hidden
        take = chunk(shape.heads * size if stage == 2 else shape.d_ff)
        first, last = unit * take, min(unit * take + take, shape.d_model)
        _project(matrix, change, layer, first, last, n, x, low, out)
        for row in range(n):
            for i in range(first, last):
                buffers.x[row, i] += out[row, i - first]


@_compiled
def run(
    thread: int,
    counters: Ints,
    shape: Shape,
    weights: Weights,
    buffers: Buffers,
    rows: Rows,
    adapter: Adapter,
) -> None:
    """Draw tickets of the step and do them until none is left; thread 0 waits for the others'."""
    n = len(rows.ids)
    counts = tickets(shape, n, len(rows.wanted))
    per_layer = counts[0] + counts[1] + counts[2] + counts[3] + counts[4]
    prepared = -1
    while True:
        left = _add(counters, 0, -1)
        if left <= 0:
            break
        ticket = counters[TOTAL] - left
        layer, unit = ticket // per_layer, ticket % per_layer
        stage = 0
        if layer >= shape.layers:
            layer, stage, unit = shape.layers, 5, ticket - shape.layers * per_layer
        else:
            while unit >= counts[stage]:
                unit -= counts[stage]
                stage += 1
        _wait(counters, ticket - unit)
        if prepared != 6 * layer + stage:
            prepared = 6 * layer + stage
            _prepare(
                layer, stage, n, shape, weights, buffers, rows, adapter,
                buffers.normed[thread], buffers.low[thread],
            )  # fmt: skip
        _work(thread, layer, stage, unit, shape, weights, buffers, rows, adapter)
        _add(counters, DONE, 1)
    if thread == 0:
        _wait(counters, counters[TOTAL])
