"""The whole computation, text to results, as the worker process runs it.

The decisions a reader may wonder about, and where they are made:

    grammar.lark  what is wholly an expression; "%" as percent or modulo; "x" between numbers
    parse.py      a number alone is declined
    tree.py       200 + 10% is 220, 10% + 5% is 0.15
    exact.py      0^0 is 1; 7 mod -3 takes the divisor's sign; no value at 1/0 or (-8)^(1/3)
    evaluate.py   exact first, enclosed when irrational; bounded before computing
    format.py     whole numbers in full, everything else to 12 significant digits

Not read in this form: sentences, functions, constants, units, 1e5, 2(3), //, other scripts' digits.
"""

from __future__ import annotations

from services.calculator.evaluate import evaluate
from services.calculator.format import format_value
from services.calculator.reading.parse import parse


def calculate(text: str, max_bits: int) -> list[str]:
    """The results for one input, best first: in this form, one. Raises Declined."""
    return [format_value(evaluate(parse(text), max_bits))]
