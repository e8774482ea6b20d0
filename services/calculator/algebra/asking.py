"""Asking SymPy's larger routines, which raise anything on what they cannot do.

Seen: NotImplementedError, ValueError, TypeError, PolynomialError, RecursionError. All of them mean
here that there is no answer. Running out of memory is a fault of the process and stays one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from services.calculator.decline import Declined, Undecided


def ask(routine: Callable[..., Any], *arguments: Any) -> Any:
    """What the routine returns. Undecided: it raised."""
    try:
        return routine(*arguments)
    except (Declined, MemoryError):
        raise
    except Exception as error:
        # `from None`: SymPy's messages quote the expression.
        raise Undecided(f"SymPy's {routine.__name__} raised {type(error).__name__}") from None
