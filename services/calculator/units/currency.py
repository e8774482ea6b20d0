"""Exchange rates: none by default, so that each currency is a dimension of its own.

A rates file (services.calculator.units.rates) is put in use once, when the worker starts; after
that amounts of its currencies convert into each other, and add up, like other units.
"""

from __future__ import annotations

from fractions import Fraction

from services.calculator.units.rates import Rates

_in_use: Rates | None = None


def use(rates: Rates | None) -> None:
    """Convert by these rates from now on; None: not at all."""
    global _in_use  # noqa: PLW0603 - one worker, one set of rates, for as long as it lives
    _in_use = rates


def in_root(code: str) -> tuple[Fraction, str]:
    """How much one of a currency is, and in which currency: itself where no rate is known."""
    if _in_use is None or (rate := _in_use.per_base(code)) is None:
        return Fraction(1), code
    return 1 / rate, _in_use.base
