"""What numba lacks for stages.py: products with int8 weights, atomic counters, exponentials.

A tile multiplies GROUP outputs' weights with a few rows. Weights lie as they are used: for each
input, the GROUP outputs' codes side by side. So a step reads one long run of memory, an input is
one number for all of them, and no sum runs across a vector. In generic LLVM vectors, which every
processor's code generator knows. docs/engine.md has what was measured, and what else was tried.

numba's cache on disk looks at the date of one file: after a change here, change stages.py too.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any, ParamSpec, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

P = ParamSpec("P")
R = TypeVar("R")

GROUP = 64
"""Outputs of a tile: a cache line of codes for each input."""
UNROLLED = 4
"""Inputs of a turn of the inner loop; their number must be a multiple."""
_AHEAD = 8192
"""Bytes ahead of what is used that memory is asked for."""
_LANES = 16


_COMPILED: list[Any] = []


def compiled(function: Callable[P, R], *, fast: bool = True) -> Callable[P, R]:
    """Compile at the first call.

    `fast` lets sums be reordered and multiplications fused; NaN and infinity stay what they are.
    """
    machine = numba.njit(
        nogil=True,
        error_model="numpy",
        fastmath={"reassoc", "contract", "nsz"} if fast else False,  # unset: the caller's
        _nrt=False,  # nothing allocates, and counting references showed in the profile
    )(function)
    _COMPILED.append(machine)
    return cast(Callable[P, R], machine)


def use_cache() -> None:
    """Keep what is compiled on disk, where a folder for it can be written; not on import."""
    while _COMPILED:
        with suppress(RuntimeError):  # no such folder
            _COMPILED.pop().enable_caching()


def exact(function: Callable[P, R]) -> Callable[P, R]:
    return compiled(function, fast=False)


_I8, _I32, _I64, _F32 = ir.IntType(8), ir.IntType(32), ir.IntType(64), ir.FloatType()
_CODES = ir.VectorType(_I8, _LANES)


def _load(builder: Any, address: Any, kind: Any, align: int) -> Any:
    value = builder.load(builder.inttoptr(address, kind.as_pointer()))
    value.align = align
    return value


def _emit(builder: Any, arguments: list[Any], rows: int, vectors: int, fetch: bool) -> None:
    """Outputs of `vectors` vectors for `rows` rows; an accumulator for each vector and row."""
    codes, inputs, x, x_stride, out, out_stride = arguments
    floats, ints = ir.VectorType(_F32, _LANES), ir.VectorType(_I32, _LANES)
    fma = cgutils.get_or_insert_function(
        builder.module, ir.FunctionType(floats, [floats] * 3), f"llvm.fma.v{_LANES}f32"
    )
    pairs = [(row, vector) for row in range(rows) for vector in range(vectors)]
    zero = ir.Constant(floats, [0.0] * _LANES)
    sums = {pair: cgutils.alloca_once_value(builder, zero) for pair in pairs}
    for pair in pairs:
        builder.store(zero, sums[pair])
    row_x = [builder.add(x, builder.mul(x_stride, _I64(4 * row))) for row in range(rows)]
    with cgutils.for_range_slice(builder, _I64(0), inputs, _I64(UNROLLED), _I64) as (start, _):
        for turn in range(UNROLLED):
            at = builder.add(start, _I64(turn))
            here = builder.add(codes, builder.mul(at, _I64(GROUP)))
            if fetch:
                _prefetch(builder, builder.add(here, _I64(_AHEAD)))
            loaded = [
                _load(builder, builder.add(here, _I64(_LANES * vector)), _CODES, 1)
                for vector in range(vectors)
            ]
            wide = [builder.sitofp(builder.sext(value, ints), floats) for value in loaded]
            for row in range(rows):
                address = builder.add(row_x[row], builder.mul(at, _I64(4)))
                value = _everywhere(builder, _load(builder, address, _F32, 4))
                for vector in range(vectors):
                    total = sums[row, vector]
                    new = builder.call(fma, [wide[vector], value, builder.load(total)])
                    builder.store(new, total)
    for row, vector in pairs:
        at = builder.add(builder.mul(out_stride, _I64(row)), _I64(vector * _LANES))
        address = builder.add(out, builder.mul(at, _I64(4)))
        stored = builder.store(
            builder.load(sums[row, vector]), builder.inttoptr(address, floats.as_pointer())
        )
        stored.align = 4


def _prefetch(builder: Any, address: Any) -> None:
    prefetch = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(ir.VoidType(), [_I8.as_pointer(), _I32, _I32, _I32]),
        "llvm.prefetch.p0",
    )
    hint = builder.inttoptr(address, _I8.as_pointer())
    builder.call(prefetch, [hint, _I32(0), _I32(3), _I32(1)])  # to be read, kept, data


def _everywhere(builder: Any, number: Any) -> Any:
    """A vector of nothing but `number`."""
    kind = ir.VectorType(_F32, _LANES)
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), number, _I32(0))
    zeros = ir.Constant(ir.VectorType(_I32, _LANES), [0] * _LANES)
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), zeros)


def _tile(rows: int) -> Any:
    """(codes, inputs, x, x_stride, out, out_stride): GROUP outputs for `rows` rows.

    Addresses; inputs and strides in elements. out[row, o] = sum over i of codes[i, o] x[row, i],
    one after another, so that a row's sums are the same whichever tile it is in.
    """

    @intrinsic  # type: ignore[untyped-decorator]
    def tile(  # noqa: PLR0917
        _: Any, codes: Any, inputs: Any, x: Any, x_stride: Any, out: Any, out_stride: Any
    ) -> Any:
        def generate(context: Any, builder: Any, _: Any, arguments: list[Any]) -> Any:
            codes, inputs, x, x_stride, out, out_stride = arguments
            # Vectors of sums that the registers hold, beside what they are made of.
            most = 16 if "+avx512f" in context.codegen().magic_tuple()[2] else 4
            at_once = min(rows, most // 2)
            vectors = min(most // at_once, GROUP // _LANES)
            for row in range(0, rows, at_once):
                row_x = builder.add(x, builder.mul(x_stride, _I64(4 * row)))
                row_out = builder.add(out, builder.mul(out_stride, _I64(4 * row)))
                for first in range(0, GROUP, vectors * _LANES):
                    here = builder.add(codes, _I64(first))
                    there = builder.add(row_out, _I64(4 * first))
                    operands = [here, inputs, row_x, x_stride, there, out_stride]
                    _emit(builder, operands, at_once, vectors, fetch=row == first == 0)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 6), generate

    return tile


tile_1, tile_2, tile_4, tile_8 = _tile(1), _tile(2), _tile(4), _tile(8)


def _atomic(operation: str) -> Any:
    @intrinsic  # type: ignore[untyped-decorator]
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


add, read = _atomic("add"), _atomic("load")
yield_core = types.ExternalFunction("sched_yield", types.int32())


@intrinsic  # type: ignore[untyped-decorator]
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


@exact
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
    return np.float32((p * r * r + r + np.float32(1)) * power)
