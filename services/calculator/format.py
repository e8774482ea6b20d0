"""Values to text, for a reader.

- A whole number in full: 7856.
- Anything else to 12 significant digits, rounded half up, without trailing zeros: 2.5, 0.2,
  0.333333333333. So a decimal that ends within 12 digits is exact.
- Below 0.000001, or from 10^12 on when not whole: 3.5e-9, 1.23456789012e+14.

No thousands separators: the text is read by programs as well.
"""

from __future__ import annotations

import decimal

from sympy import Rational

from services.calculator.decline import Undecided
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar

SIGNIFICANT_DIGITS = 12
_SMALLEST_PLAIN_EXPONENT = -6

_ROUNDING = decimal.Context(
    prec=SIGNIFICANT_DIGITS,
    rounding=decimal.ROUND_HALF_UP,
    Emin=decimal.MIN_EMIN,
    Emax=decimal.MAX_EMAX,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)


def format_value(value: Scalar) -> str:
    """The text of a value. Undecided: the bounds of an enclosure round to different digits."""
    if not isinstance(value, Enclosure):
        return str(int(value.p)) if value.q == 1 else _rounded(value)
    low, high = (_rounded(bound) for bound in value.bounds())
    if low != high:
        raise Undecided(f"fewer than {SIGNIFICANT_DIGITS} digits are certain")
    return low


def _rounded(number: Rational) -> str:
    # Dividing two exact decimals rounds once, so the 12 digits are those of the exact fraction.
    quotient = _ROUNDING.divide(decimal.Decimal(int(number.p)), decimal.Decimal(int(number.q)))
    sign, digits, _ = quotient.as_tuple()
    exponent = quotient.adjusted()  # of the first digit: 2.5 has 0, 0.2 has -1
    text = "".join(map(str, digits)).rstrip("0") or "0"
    prefix = "-" if sign else ""
    if not _SMALLEST_PLAIN_EXPONENT <= exponent < SIGNIFICANT_DIGITS:
        return f"{prefix}{_point(text, 1)}e{exponent:+d}"
    if exponent < 0:
        return f"{prefix}0.{'0' * (-exponent - 1)}{text}"
    return prefix + _point(text.ljust(exponent + 1, "0"), exponent + 1)


def _point(digits: str, whole: int) -> str:
    """digits with a decimal point after the first `whole`, if any follow."""
    return digits if len(digits) == whole else f"{digits[:whole]}.{digits[whole:]}"
