"""The whole computation, text to results, as the worker process runs it."""

from __future__ import annotations

from services.calculator.evaluate import evaluate
from services.calculator.format import format_value
from services.calculator.parse import parse


def calculate(text: str, max_bits: int) -> list[str]:
    """The results for one input, best first: in this form, one. Raises Declined."""
    return [format_value(evaluate(parse(text), max_bits))]
