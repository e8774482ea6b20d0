"""Functions of several values of any kind: sums, means, deviations, extremes of numbers, quantities
and dates. The first one's unit is the result's.

The standard deviation is that of a sample, as in spreadsheets, but where the population's is asked
for. The mode is given when there is one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cmp_to_key, partial, reduce

from sympy import Integer, Rational

from services.calculator import values
from services.calculator.decline import NoValue
from services.calculator.tree import Function, Operator
from services.calculator.values import Value


def _sum(arguments: Sequence[Value], max_bits: int) -> Value:
    return reduce(lambda a, b: values.binary(Operator.ADD, a, b, max_bits), arguments)


def _product(arguments: Sequence[Value], max_bits: int) -> Value:
    return reduce(lambda a, b: values.binary(Operator.MULTIPLY, a, b, max_bits), arguments)


def _mean(arguments: Sequence[Value], max_bits: int) -> Value:
    total = _sum(arguments, max_bits)
    return values.binary(Operator.DIVIDE, total, Integer(len(arguments)), max_bits)


def _ordered(arguments: Sequence[Value], max_bits: int) -> list[Value]:
    return sorted(arguments, key=cmp_to_key(lambda a, b: values.compare(a, b, max_bits)))


def _median(arguments: Sequence[Value], max_bits: int) -> Value:
    ordered = _ordered(arguments, max_bits)
    middle = len(ordered) // 2
    if len(ordered) % 2 == 1:
        return ordered[middle]
    return _mean(ordered[middle - 1 : middle + 1], max_bits)


def _variance(arguments: Sequence[Value], max_bits: int, *, sample: bool) -> Value:
    """The mean square of the deviations; of a sample, the sum over one less than there are."""
    mean = _mean(arguments, max_bits)
    squares = [
        values.binary(Operator.POWER, _minus(argument, mean, max_bits), Integer(2), max_bits)
        for argument in arguments
    ]
    count = len(arguments) - int(sample)
    if count == 0:
        raise NoValue("a sample of one has no variance")
    return values.binary(Operator.DIVIDE, _sum(squares, max_bits), Integer(count), max_bits)


def _deviation(arguments: Sequence[Value], max_bits: int, *, sample: bool) -> Value:
    variance = _variance(arguments, max_bits, sample=sample)
    return values.binary(Operator.POWER, variance, Rational(1, 2), max_bits)


def _minus(left: Value, right: Value, max_bits: int) -> Value:
    return values.binary(Operator.SUBTRACT, left, right, max_bits)


def _mode(arguments: Sequence[Value], max_bits: int) -> Value:
    """The value that is there most often. NoValue: several are, or each is there once."""
    ordered = _ordered(arguments, max_bits)
    runs: list[list[Value]] = []
    for value in ordered:
        if runs and values.compare(runs[-1][0], value, max_bits) == 0:
            runs[-1].append(value)
        else:
            runs.append([value])
    most = max(map(len, runs))
    longest = [run[0] for run in runs if len(run) == most]
    if len(longest) > 1:
        raise NoValue("no one value is the most frequent")
    return longest[0]


AGGREGATES: dict[Function, Callable[[Sequence[Value], int], Value]] = {
    Function.SUM: _sum,
    Function.PRODUCT: _product,
    Function.MEAN: _mean,
    Function.MEDIAN: _median,
    Function.MODE: _mode,
    Function.STDEV: partial(_deviation, sample=True),
    Function.PSTDEV: partial(_deviation, sample=False),
    Function.VARIANCE: partial(_variance, sample=True),
    Function.PVARIANCE: partial(_variance, sample=False),
    Function.MIN: lambda arguments, max_bits: _ordered(arguments, max_bits)[0],
    Function.MAX: lambda arguments, max_bits: _ordered(arguments, max_bits)[-1],
}
