"""Amounts in units: arithmetic and conversion, exact as far as the amounts are.

Covers: the six operators where dimensions allow them, conversion, comparison, angles in degrees.
A sum is in the left one's unit. Products and quotients bring units of one kind to the first of
them, so that 60 mph * 30 min is 30 mi and 6 km / 2 km the number 3.

Temperatures with a zero point of their own (°C, °F) are readings when converted. In sums the right
one is a difference: 20 °C + 5 °C is 25 °C; other temperature units beside them are declined (which
is the reading?), and so are products with anything but a number.

NoValue: the dimensions do not fit, or there is no such product.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from services.calculator.decline import NoValue, OverBound
from services.calculator.numbers import scalars
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Operator, Unit, UnitPower
from services.calculator.units.catalogue import entries
from services.calculator.units.factors import ratio, rational, times
from services.calculator.units.names import is_currency
from services.calculator.units.scales import scale_of

_MAX_POWER = 100
_MAX_BITS = 14_000  # as settings.max_result_bits at most
_DEGREE: Unit = (UnitPower("degree"),)
_ANGLE = (("radian", 1),)


@dataclass(frozen=True)
class Quantity:
    """amount * unit. Use `measure` to make one."""

    amount: Scalar
    unit: Unit


Measurable: TypeAlias = Scalar | Quantity


def measure(amount: Scalar, unit: Unit) -> Quantity:
    """The amount in the unit as it is written: ft for "square feet" with power 2, mph stays mph.

    NoValue: a unit over itself. OverBound: a unit to a power of more than 100.
    """
    return Quantity(amount, _settled(unit))


def negate(quantity: Quantity) -> Quantity:
    return Quantity(scalars.negate(quantity.amount), quantity.unit)


def binary(
    operator: Operator, left: Measurable, right: Measurable, max_bits: int
) -> Scalar | Quantity:
    """`left operator right`. Raises NoValue, OverBound or Undecided."""
    match operator:
        case Operator.ADD | Operator.SUBTRACT | Operator.MODULO:
            return _in_left_unit(operator, left, right, max_bits)
        case Operator.MULTIPLY | Operator.DIVIDE:
            return _product(operator, left, right, max_bits)
        case Operator.POWER:
            return _power(left, right, max_bits)


def convert(quantity: Quantity, unit: Unit, max_bits: int) -> Quantity:
    """The same in another unit; temperatures as readings.

    NoValue: another dimension, or a reading below absolute zero.
    """
    unit = _settled(unit)
    if unit == quantity.unit:
        return quantity
    scale, target = scale_of(quantity.unit), scale_of(unit)
    amount = times(quantity.amount, ratio(scale, target), max_bits)
    if scale.zero != target.zero:
        shift = rational((scale.zero - target.zero) / target.factor)
        amount = scalars.binary(Operator.ADD, amount, shift, max_bits)
        if scalars.compare(amount, rational(-target.zero / target.factor), max_bits) < 0:
            raise NoValue("a temperature below absolute zero")
    return Quantity(amount, unit)


def degrees(quantity: Quantity, max_bits: int) -> Scalar | None:
    """Exact degrees of an angle; None: it is in radians. NoValue: no angle."""
    scale = scale_of(quantity.unit)
    if scale.roots != _ANGLE:
        raise NoValue("not an angle")
    if scale.pi_power != scale_of(_DEGREE).pi_power:
        return None
    return convert(quantity, _DEGREE, max_bits).amount


def same_dimension(a: Measurable, b: Measurable) -> bool:
    """Whether they can be added and compared."""
    return _roots(a) == _roots(b)


def compare(a: Measurable, b: Measurable, max_bits: int = _MAX_BITS) -> int:
    """-1, 0 or 1. NoValue: other dimensions; Undecided: too near to tell."""
    if isinstance(a, Quantity) and isinstance(b, Quantity):
        return scalars.compare(a.amount, convert(b, a.unit, max_bits).amount, max_bits)
    if isinstance(a, Quantity) or isinstance(b, Quantity):
        raise NoValue("a quantity and a number")
    return scalars.compare(a, b, max_bits)


# --- the operators ----------------------------------------------------------------------------


def _in_left_unit(
    operator: Operator, left: Measurable, right: Measurable, max_bits: int
) -> Scalar | Quantity:
    if not isinstance(left, Quantity) and not isinstance(right, Quantity):
        return scalars.binary(operator, left, right, max_bits)
    if not isinstance(left, Quantity) or not isinstance(right, Quantity):
        raise NoValue("a quantity and a number")
    if left.unit != right.unit and (_is_reading(left) or _is_reading(right)):
        raise NoValue("two scales of temperature in one sum")
    amount = right.amount
    if left.unit != right.unit:
        amount = convert(right, left.unit, max_bits).amount
    return Quantity(scalars.binary(operator, left.amount, amount, max_bits), left.unit)


def _product(
    operator: Operator, left: Measurable, right: Measurable, max_bits: int
) -> Scalar | Quantity:
    if not isinstance(right, Quantity):
        if not isinstance(left, Quantity):
            return scalars.binary(operator, left, right, max_bits)
        return Quantity(scalars.binary(operator, left.amount, right, max_bits), left.unit)
    if not isinstance(left, Quantity):
        if operator is Operator.MULTIPLY:
            return Quantity(scalars.binary(operator, left, right.amount, max_bits), right.unit)
        left = Quantity(left, ())
    if _is_reading(left) or _is_reading(right):
        raise NoValue("a product of temperatures")
    sign = 1 if operator is Operator.MULTIPLY else -1
    parts = _multiplied_out(left.unit) + [
        UnitPower(part.name, sign * part.power) for part in _multiplied_out(right.unit)
    ]
    amount = scalars.binary(operator, left.amount, right.amount, max_bits)
    return _simplified(amount, parts, max_bits)


def _power(base: Measurable, exponent: Measurable, max_bits: int) -> Scalar | Quantity:
    if isinstance(exponent, Quantity):
        raise NoValue("an exponent with a unit")
    if not isinstance(base, Quantity):
        return scalars.binary(Operator.POWER, base, exponent, max_bits)
    if _is_reading(base):
        raise NoValue("a power of a temperature")
    if isinstance(exponent, Enclosure):
        raise NoValue("an irrational power of a unit")
    parts = []
    for part in _multiplied_out(base.unit):
        power = part.power * exponent
        if power.q != 1:  # square metres have a root, metres have none
            raise NoValue("a root of a unit")
        parts.append(UnitPower(part.name, _small(int(power.p))))
    amount = scalars.binary(Operator.POWER, base.amount, exponent, max_bits)
    return _simplified(amount, parts, max_bits)


# --- units ------------------------------------------------------------------------------------


def _settled(unit: Unit) -> Unit:
    """Units without a symbol of their own multiplied out: square_foot is foot to the 2."""
    if len(unit) == 1 and not _is_spelled_out(unit[0].name):
        _small(unit[0].power)
        return unit
    powers: dict[str, int] = {}
    for part in unit:
        named = entries()[part.name].made_of if _is_spelled_out(part.name) else ((part.name, 1),)
        for name, power in named:
            powers[name] = _small(powers.get(name, 0) + power * part.power)
    settled = tuple(UnitPower(name, power) for name, power in powers.items() if power)
    if not settled:
        raise NoValue("a unit over itself")
    return settled


def _is_spelled_out(name: str) -> bool:
    entry = entries()[name]
    return bool(entry.made_of) and entry.spelled_out


def _multiplied_out(unit: Unit) -> list[UnitPower]:
    return [
        UnitPower(name, power * part.power)
        for part in unit
        for name, power in entries()[part.name].made_of or ((part.name, 1),)
    ]


def _simplified(amount: Scalar, parts: list[UnitPower], max_bits: int) -> Scalar | Quantity:
    """Units of one kind brought to the first of them; a mere number when nothing is left."""
    powers: dict[str, int] = {}
    for part in parts:
        first = next((name for name in powers if _of_one_kind(name, part.name)), part.name)
        if first != part.name:
            factor = ratio(scale_of((part,)), scale_of((UnitPower(first, part.power),)))
            amount = times(amount, factor, max_bits)
        powers[first] = _small(powers.get(first, 0) + part.power)
    unit = tuple(UnitPower(name, power) for name, power in powers.items() if power)
    _check_money(unit)
    scale = scale_of(unit)
    if scale.roots:
        return Quantity(amount, unit)
    return times(amount, (scale.factor, scale.pi_power), max_bits)


def _check_money(unit: Unit) -> None:
    """Money is counted, per hour or per kilogram; its square, or pounds per dollar, are nothing."""
    money = [part.power for part in unit if is_currency(part.name)]
    if len(money) > 1 or any(abs(power) != 1 for power in money):
        raise NoValue("a product of money with money")


def _of_one_kind(a: str, b: str) -> bool:
    return scale_of((UnitPower(a),)).roots == scale_of((UnitPower(b),)).roots


def _small(power: int) -> int:
    if abs(power) > _MAX_POWER:
        raise OverBound(f"a unit to a power over {_MAX_POWER}")
    return power


def _is_reading(quantity: Quantity) -> bool:
    return bool(scale_of(quantity.unit).zero)


def _roots(value: Measurable) -> tuple[tuple[str, int], ...]:
    return scale_of(value.unit).roots if isinstance(value, Quantity) else ()
