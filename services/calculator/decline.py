"""Every way the calculator declines an input; each ends as an empty list, never as an error.

    Declined
    ├── NotACalculation   not wholly an arithmetic expression, or only a number
    ├── NoValue           division by zero, or the result is not a real number
    ├── OverBound         a result, final or intermediate, would be larger than the bound
    └── Undecided         too much cancels for the digits carried: no digit can be vouched for

A failure (the worker died, the deadline passed) is another thing: see services.chassis.Failure.
"""

from __future__ import annotations


class Declined(Exception):
    """The input has no answer here. Carries no text of the input."""


class NotACalculation(Declined):
    pass


class NoValue(Declined):
    pass


class OverBound(Declined):
    pass


class Undecided(Declined):
    pass
