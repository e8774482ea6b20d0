"""The whole computation, text to results, as the worker process runs it.

The decisions a reader may wonder about, and where they are made:

    grammar.lark   what is wholly a question; "%" as percent or modulo; "x" between numbers
    parse.py       a number alone is declined
    tree.py        200 + 10% is 220, 10% + 5% is 0.15
    exact.py       0^0 is 1; 7 mod -3 takes the divisor's sign; no value at 1/0 or (-8)^(1/3)
    functions.py   cbrt(-8) is -2; rounding.py: 2.5 rounds to 3, -2.5 to -3
    evaluate.py    exact first, enclosed when irrational; bounded before computing
    typed.py       when an exact form is shown before the decimal: sqrt(8), not sqrt(2)
    quantities.py  a sum is in the left one's unit
    solve.py       all real solutions or none; real numbers only
    integrate.py   an integral is given when differentiating it leads back
    format.py      whole numbers in full, everything else to 12 significant digits
"""

from __future__ import annotations

from datetime import date

from services.calculator import format as formats
from services.calculator import typed, values
from services.calculator.algebra import answers
from services.calculator.algebra.writing import written
from services.calculator.dates import days
from services.calculator.decline import NotACalculation, NoValue
from services.calculator.evaluate import evaluate
from services.calculator.numbers.enclose import Enclosure
from services.calculator.numbers.scalars import Scalar
from services.calculator.reading.parse import parse
from services.calculator.tree import (
    Binary,
    Compute,
    DaysBetween,
    Form,
    Measured,
    Node,
    Operator,
    Question,
    Unit,
    UnitPower,
    Weekday,
)
from services.calculator.units import mixed, quantities
from services.calculator.units.quantities import Quantity
from services.calculator.values import Value

_LONGEST_EXACT_FORM = 40
_RADIAN: Unit = (UnitPower("radian"),)


def calculate(text: str, max_bits: int) -> list[str]:
    """The results for one input, best first. Raises Declined."""
    return answer(parse(text), max_bits)


def answer(question: Question, max_bits: int) -> list[str]:
    """The results for one question, best first: never empty. Raises Declined."""
    match question:
        case Compute():
            return _computed(question, max_bits)
        case DaysBetween():
            start = _date(evaluate(question.start, max_bits))
            end = _date(evaluate(question.end, max_bits))
            between = days.difference(start, end, question.unit)
            return [between if isinstance(between, str) else formats.quantity_text(between)]
        case Weekday():
            return [days.weekday(_date(evaluate(question.date, max_bits)))]
    return answers.answer(question, max_bits)


def _computed(question: Compute, max_bits: int) -> list[str]:
    value = evaluate(question.node, max_bits)
    if question.further:
        return [_in_mixed_units(question, _measured(value), max_bits)]
    if question.unit is not None:
        value = quantities.convert(_measured(value), question.unit, max_bits)
    if isinstance(value, date):
        if question.form is not None or _is_rounded(question):
            raise NoValue("a date in another form")
        return [days.written(value)]
    if _is_rounded(question):
        return [_to_places(question, value, max_bits)]
    if isinstance(value, Quantity):
        return _quantity_texts(question, value, max_bits)
    if question.form is not None:
        return [formats.in_form(value, question.form, max_bits)]
    return scalar_texts(question.node, value)


def scalar_texts(node: Node, value: Scalar) -> list[str]:
    """The exact form, where it says something new, and the decimal."""
    texts = formats.number_texts(value, decimals_only=typed.wants_decimals(node))
    if not isinstance(value, Enclosure) or value.form is None:
        return texts
    if typed.wants_decimals(node, angles_count=False):
        return texts
    exact = written(value.form)
    if len(exact) > _LONGEST_EXACT_FORM or typed.repeats(node, value.form):
        return texts
    return [exact, *texts]


def _quantity_texts(question: Compute, quantity: Quantity, max_bits: int) -> list[str]:
    """In its own unit; a sum of two units in the other one, too."""
    if question.form not in (None, Form.DECIMAL):
        raise NoValue("a quantity in a form of numbers")
    texts = [formats.quantity_text(quantity)]
    other = None if question.unit is not None else _other_unit(question.node, quantity)
    if other is not None:
        texts.append(formats.quantity_text(quantities.convert(quantity, other, max_bits)))
    return list(dict.fromkeys(texts))


def _other_unit(node: Node, total: Quantity) -> Unit | None:
    """The first other unit among the terms of a sum: kg in 2 lb + 3 kg."""
    pending = [node]
    while pending:
        term = pending.pop()
        if isinstance(term, Binary) and term.operator in (Operator.ADD, Operator.SUBTRACT):
            pending.extend((term.right, term.left))
        elif isinstance(term, Measured) and term.unit != total.unit:
            return term.unit
    return None


def _in_mixed_units(question: Compute, quantity: Quantity, max_bits: int) -> str:
    """5 ft 10.5 in; what there is none of is left out."""
    assert question.unit is not None
    if question.digits is not None:
        raise NoValue("significant digits of two amounts")
    units = (question.unit, *question.further)
    *parts, last = mixed.parts(quantity, units, question.decimals, max_bits)
    texts = [formats.quantity_text(part) for part in parts]
    if question.decimals is None:
        return " ".join([*texts, formats.quantity_text(last)])
    amount = formats.places_text(last.amount, question.decimals, max_bits)
    return " ".join([*texts, formats.unit_text(amount, last)])


def _is_rounded(question: Compute) -> bool:
    return question.decimals is not None or question.digits is not None


def _to_places(question: Compute, value: Scalar | Quantity, max_bits: int) -> str:
    form = question.form
    if isinstance(value, Quantity):
        if form not in (None, Form.DECIMAL):
            raise NoValue("a quantity in a form of numbers")
        return formats.unit_text(_rounded(question, value.amount, max_bits), value)
    if form is Form.PERCENT:
        return _rounded(question, formats.hundredfold(value, max_bits), max_bits) + "%"
    if form not in (None, Form.DECIMAL):
        raise NoValue("a fraction has no decimal places")
    return _rounded(question, value, max_bits)


def _rounded(question: Compute, value: Scalar, max_bits: int) -> str:
    if question.digits is not None:
        return formats.significant_text(value, question.digits, max_bits)
    assert question.decimals is not None
    return formats.places_text(value, question.decimals, max_bits)


def _measured(value: Value) -> Quantity:
    """A plain number is in radians, where an angle in degrees is asked for."""
    if isinstance(value, Quantity):
        return value
    return quantities.measure(values.scalar(value), _RADIAN)


def _date(value: Value) -> date:
    if not isinstance(value, date):
        raise NotACalculation("a date is needed")
    return value
