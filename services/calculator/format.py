"""Values to text, for a reader.

- A whole number in full: 7856.
- Anything else to 12 significant digits, rounded half up, without trailing zeros: 2.5, 0.2,
  0.333333333333. So a decimal that ends within 12 digits is exact.
- Below 0.000001, or from 10^12 on when not whole: 3.5e-9, 1.23456789012e+14.
- A fraction before its decimal: 1/2, 0.5. Only the decimal when decimals were typed and it ends.
- Money in whole cents where the amount is: $42, $42.50; more digits only when it has them.
- As asked: 7/8, 37.5%, 2:3, 1.2e+5, 3.14.

No thousands separators: the text is read by programs as well.
"""

from __future__ import annotations

import decimal

from sympy import Integer, Rational

from services.calculator.decline import NoValue, OverBound, Undecided
from services.calculator.numbers import rounding, scalars
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.tree import Form, Operator
from services.calculator.units import names, writing
from services.calculator.units.quantities import Quantity

SIGNIFICANT_DIGITS = 12
_SMALLEST_PLAIN_EXPONENT = -6
_MAX_DECIMALS = 1_000
_CENTS = 2
_MONEY_BITS = 14_000

_ROUNDING = decimal.Context(
    prec=SIGNIFICANT_DIGITS,
    rounding=decimal.ROUND_HALF_UP,
    Emin=decimal.MIN_EMIN,
    Emax=decimal.MAX_EMAX,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)

_TRUNCATION = _ROUNDING.copy()
_TRUNCATION.rounding = decimal.ROUND_DOWN


def number_text(value: Scalar) -> str:
    """The number in decimals. Undecided: an enclosure's bounds round to different digits."""
    if not isinstance(value, Enclosure):
        return str(int(value.p)) if value.q == 1 else _rounded(value)
    low, high = (_rounded(bound) for bound in value.bounds())
    if low != high:
        raise Undecided(f"fewer than {SIGNIFICANT_DIGITS} digits are certain")
    return low


def number_texts(value: Scalar, *, decimals_only: bool) -> list[str]:
    """The fraction, where it says more than the decimal, and the decimal."""
    text = number_text(value)
    if isinstance(value, Enclosure) or value.q == 1 or is_long_fraction(value):
        return [text]
    return [text] if decimals_only and ends(value) else [fraction_text(value), text]


def is_long_fraction(value: Scalar) -> bool:
    """Whether a fraction has more digits above or below than a reader wants."""
    if isinstance(value, Enclosure) or value.q == 1:
        return False
    return bool(max(abs(value.p), value.q) >= 10**SIGNIFICANT_DIGITS)


def ends(value: Rational) -> bool:
    """Whether 12 significant digits are all there are, so that number_text is exact."""
    text = decimal.Decimal(_rounded(value))
    return bool(Rational(*map(int, text.as_integer_ratio())) == value)


def fraction_text(value: Rational) -> str:
    return f"{int(value.p)}/{int(value.q)}" if value.q != 1 else str(int(value.p))


def places_text(value: Scalar, places: int, max_bits: int) -> str:
    """With exactly so many decimals, rounded half up: 3.10."""
    if not 0 <= places <= _MAX_DECIMALS:
        raise OverBound("too many decimal places")
    rounded = rounding.nearest(value, places, max_bits)
    digits = str(abs(int((rounded * 10**places).p))).rjust(places + 1, "0")
    sign = "-" if rounded < 0 else ""
    return sign + _point(digits, len(digits) - places)


def significant_text(value: Scalar, digits: int, max_bits: int) -> str:
    """Rounded half up to so many significant digits: 1230, 3.14, 2.00, 0.0012."""
    if digits < 1:
        raise NoValue("no digits")
    places = digits - 1 - _exponent(value)
    rounded = rounding.nearest(value, places, max_bits)
    if places > 0 and _exponent(rounded) > digits - 1 - places:
        places -= 1  # 9.996 to three is 10.0
    return places_text(rounded, max(places, 0), max_bits)


def _exponent(value: Scalar) -> int:
    """Of the first digit: 0 for 9.99, 0 for zero. Undecided: an enclosure of two sizes."""
    bounds = value.bounds() if isinstance(value, Enclosure) else (value,)
    found = {
        _TRUNCATION.divide(decimal.Decimal(int(b.p)), decimal.Decimal(int(b.q))).adjusted()
        for b in bounds
    }
    if len(found) > 1:
        raise Undecided("a number that cannot be told from a power of ten")
    return found.pop()


def in_form(value: Scalar, form: Form, max_bits: int) -> str:
    """As it was asked for. NoValue: an irrational number as a fraction or a ratio."""
    match form:
        case Form.DECIMAL:
            return number_text(value)
        case Form.PERCENT:
            return number_text(hundredfold(value, max_bits)) + "%"
        case Form.SCIENTIFIC:
            return _scientific(value)
    if isinstance(value, Enclosure):
        raise NoValue("an irrational number has no fraction")
    if form is Form.FRACTION:
        return fraction_text(value)
    return f"{int(value.p)}:{int(value.q)}"


def hundredfold(value: Scalar, max_bits: int) -> Scalar:
    return scalars.binary(Operator.MULTIPLY, value, Integer(100), max_bits)


def quantity_text(quantity: Quantity) -> str:
    """5 km, 1 day, $42.50. Money that does not come out even is rounded to cents."""
    amount = quantity.amount
    text = number_text(amount)
    if names.is_currency(quantity.unit[0].name) and not _is_exact(amount):
        text = places_text(amount, _CENTS, _MONEY_BITS)
    return unit_text(text, quantity)


def unit_text(amount: str, quantity: Quantity) -> str:
    """`amount`, already text, in the quantity's unit."""
    return writing.written(amount, quantity.unit, is_one=amount == "1")


def _is_exact(value: Scalar) -> bool:
    return not isinstance(value, Enclosure) and (value.q == 1 or ends(value))


def _scientific(value: Scalar) -> str:
    """1.2345e+4: one digit before the point, whatever the size."""
    if isinstance(value, Enclosure):
        low, high = (_digits(bound) for bound in value.bounds())
        if low != high:
            raise Undecided(f"fewer than {SIGNIFICANT_DIGITS} digits are certain")
        prefix, text, exponent = low
    else:
        prefix, text, exponent = _digits(value)
    return f"{prefix}{_point(text, 1)}e{exponent:+d}"


def _digits(number: Rational) -> tuple[str, str, int]:
    """Sign, significant digits and the exponent of the first: 2.5 has 0, 0.2 has -1."""
    # Dividing two exact decimals rounds once, so the 12 digits are those of the exact fraction.
    quotient = _ROUNDING.divide(decimal.Decimal(int(number.p)), decimal.Decimal(int(number.q)))
    sign, digits, _ = quotient.as_tuple()
    return "-" if sign else "", "".join(map(str, digits)).rstrip("0") or "0", quotient.adjusted()


def _rounded(number: Rational) -> str:
    prefix, text, exponent = _digits(number)
    if not _SMALLEST_PLAIN_EXPONENT <= exponent < SIGNIFICANT_DIGITS:
        return f"{prefix}{_point(text, 1)}e{exponent:+d}"
    if exponent < 0:
        return f"{prefix}0.{'0' * (-exponent - 1)}{text}"
    return prefix + _point(text.ljust(exponent + 1, "0"), exponent + 1)


def _point(digits: str, whole: int) -> str:
    """digits with a decimal point after the first `whole`, if any follow."""
    return digits if len(digits) == whole else f"{digits[:whole]}.{digits[whole:]}"
