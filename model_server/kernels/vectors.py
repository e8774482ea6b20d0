"""What numba lacks for stages.py: dot products with int8 weights, atomic counters, exponentials.

Weights are read once a step, the whole cost of a row. What a tile does was chosen by measurement (2
cores, AVX-512; 134 MB in rows of 576): four weight rows at a time in generic LLVM vectors, which
every processor's code generator knows, 7.7 ms; with a prefetch 8 KB ahead 3.8 ms, where plainly
reading the bytes took 4.0. Four inputs share one conversion to float32: 5.6 ms.

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

BLOCK = 4
"""Weight rows that one tile takes; a matrix has up to 3 rows of anything behind its last."""
_AHEAD = 8192


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
        loaded = [
            _load(builder, builder.add(address, at), ir.VectorType(_I8, lanes), 1)
            for address in weight
        ]
        wide = [builder.sitofp(builder.sext(value, ints), floats) for value in loaded]
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

    @intrinsic  # type: ignore[untyped-decorator]
    def tile(  # noqa: PLR0917
        _: Any, codes: Any, stride: Any, x: Any, x_stride: Any, out: Any, out_stride: Any
    ) -> Any:
        def generate(context: Any, builder: Any, _: Any, arguments: list[Any]) -> Any:
            codes, stride, x, x_stride, out, out_stride = arguments
            wide = "+avx512f" in context.codegen().magic_tuple()[2]
            outputs = BLOCK // 2 if rows == 4 and not wide else BLOCK  # what the registers hold
            for first in range(0, BLOCK, outputs):
                here = builder.add(codes, builder.mul(stride, _I64(first)))
                there = builder.add(out, _I64(4 * first))
                operands = [here, stride, x, x_stride, there, out_stride]
                _emit(builder, operands, rows, outputs, 16 if wide else 8)
            return context.get_dummy_value()

        return types.void(*[types.int64] * 6), generate

    return tile


tile_1, tile_2, tile_4 = _tile(1), _tile(2), _tile(4)


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
