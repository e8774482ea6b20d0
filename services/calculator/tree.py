"""The parse tree: what was asked for, and the expressions in it, before anything is computed.

Digits stay digits until evaluate has checked how many there are; units, functions and constants
are known by name already (the reader declines words it does not know). `percentage` says whether a
node is an amount in percent, which "+" and "-" read in their own way.

    Question            one per input
    ├── Compute         2 + 3;  sqrt(2) to 3 decimals;  7/8 as a fraction;  10 miles in km
    ├── DaysBetween     days between two dates, in a unit of time
    ├── Weekday         what day was 14 July 1789
    ├── Solve           solve x^2 = 4
    ├── Simplify        simplify, expand or factor (x + 1)^2 - 1
    ├── Derivative      derivative of x^3
    └── Integral        integral of x^2 [from 0 to 1]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, TypeVar

T = TypeVar("T")


class Operator(StrEnum):
    ADD = "+"
    SUBTRACT = "-"
    MULTIPLY = "*"
    DIVIDE = "/"
    MODULO = "mod"
    POWER = "^"


class Function(StrEnum):
    """What a Call may name; the values are how a result would be written."""

    SQRT = "sqrt"
    CBRT = "cbrt"
    ROOT = "root"  # root(x, degree)
    EXP = "exp"
    LN = "ln"
    LOG = "log"  # log(x): base 10; log(x, base)
    LOG2 = "log2"
    SIN = "sin"  # a plain number is in radians; a Measured angle as it says
    COS = "cos"
    TAN = "tan"
    ASIN = "asin"
    ACOS = "acos"
    ATAN = "atan"
    SINH = "sinh"
    COSH = "cosh"
    TANH = "tanh"
    ABS = "abs"
    FLOOR = "floor"
    CEIL = "ceil"
    ROUND = "round"  # round(x), round(x, decimals)
    FACTORIAL = "factorial"
    CHOOSE = "choose"  # choose(n, k)
    PERMUTE = "permute"  # permute(n, k)
    GCD = "gcd"
    LCM = "lcm"
    QUOTIENT = "quotient"  # quotient(a, b): 7 // 2, rounded down
    SUM = "sum"
    PRODUCT = "product"
    MEAN = "mean"
    MEDIAN = "median"
    MODE = "mode"
    STDEV = "stdev"  # of a sample: divided by one less than there are
    VARIANCE = "variance"
    PSTDEV = "pstdev"  # of the population
    PVARIANCE = "pvariance"
    MIN = "min"
    MAX = "max"


class MathConstant(StrEnum):
    PI = "pi"
    E = "e"
    TAU = "tau"
    PHI = "phi"


class Form(StrEnum):
    """How a value is wanted."""

    DECIMAL = "decimal"
    FRACTION = "fraction"
    PERCENT = "percent"
    RATIO = "ratio"  # 2:3
    SCIENTIFIC = "scientific"


@dataclass(frozen=True, slots=True)
class UnitPower:
    """One factor of a unit: ("kilometer", 1), ("second", -2), ("USD", 1).

    `name` is as services.calculator.units.names gives it: Pint's name, prefix included, or the ISO
    4217 code of a currency.
    """

    name: str
    power: int = 1


Unit: TypeAlias = tuple[UnitPower, ...]
"""A product of powers, in the order written; never empty."""


# --- expressions ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Number:
    """digits * 10**(exponent - decimals); digits are ASCII digits only, at least one.

    pointed: written with a decimal point, an exponent or as a decimal word ("2.5 million"): its
    results are wanted as decimals, not as fractions.
    """

    digits: str
    decimals: int = 0
    exponent: int = 0
    pointed: bool = False
    percentage: bool = field(default=False, init=False)


@dataclass(frozen=True, slots=True)
class Constant:
    name: MathConstant
    percentage: bool = field(default=False, init=False)


@dataclass(frozen=True, slots=True)
class Physical:
    """A physical constant, by a name that services.calculator.units.constants gives."""

    name: str
    percentage: bool = field(default=False, init=False)


@dataclass(frozen=True, slots=True)
class Variable:
    """The unknown, in algebra only."""

    name: str
    percentage: bool = field(default=False, init=False)


@dataclass(frozen=True, slots=True)
class Day:
    """A date of the proleptic Gregorian calendar; the reader has checked that it exists."""

    year: int
    month: int
    day: int
    percentage: bool = field(default=False, init=False)


@dataclass(frozen=True, slots=True)
class Today:
    percentage: bool = field(default=False, init=False)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Percent:
    operand: Node
    percentage: bool = field(default=True, init=False)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Negate:
    operand: Node
    percentage: bool = False


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Binary:
    operator: Operator
    left: Node
    right: Node
    percentage: bool = False


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Call:
    function: Function
    arguments: tuple[Node, ...]
    percentage: bool = field(default=False, init=False)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Measured:
    """An amount in a unit: 5 km, 30°, $25. "5 ft 3 in" is the sum of two."""

    amount: Node
    unit: Unit
    percentage: bool = field(default=False, init=False)


Node: TypeAlias = (
    Number
    | Constant
    | Physical
    | Variable
    | Day
    | Today
    | Percent
    | Negate
    | Binary
    | Call
    | Measured
)
"""May nest thousands deep: walk it with a stack, never by recursion."""


def operands(node: Node) -> tuple[Node, ...]:
    """The nodes below, left to right; none for a leaf."""
    match node:
        case Percent() | Negate():
            return (node.operand,)
        case Binary():
            return (node.left, node.right)
        case Call():
            return node.arguments
        case Measured():
            return (node.amount,)
    return ()


def walk(*trees: Node) -> Iterator[Node]:
    """Every node of the trees, above before below."""
    pending = list(trees)
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(operands(node)))


def fold(tree: Node, leaf: Callable[[Node], T], combined: Callable[[Node, list[T]], T]) -> T:
    """What the tree comes to, from the leaves up: `combined(node, results below it)`."""
    pending: list[tuple[Node, bool]] = [(tree, False)]
    results: list[T] = []
    while pending:
        node, operands_are_ready = pending.pop()
        below = operands(node)
        if not below:
            results.append(leaf(node))
        elif not operands_are_ready:
            pending.append((node, True))
            pending.extend((operand, False) for operand in reversed(below))
        else:
            arguments = results[-len(below) :]
            del results[-len(below) :]
            results.append(combined(node, arguments))
    return results.pop()


def variables(*trees: Node) -> set[str]:
    """The letters of the unknowns."""
    return {node.name for node in walk(*trees) if isinstance(node, Variable)}


# --- questions --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class Compute:
    """The value of `node`; in `unit` or in `form` when said; `decimals` places when said.

    unit: "seconds in a day" is 1 day in seconds. How many decimals: "to 2 decimal places".
    further: the inches of "in feet and inches". digits: "to 3 significant figures".
    """

    node: Node
    unit: Unit | None = None
    form: Form | None = None
    decimals: int | None = None
    further: tuple[Unit, ...] = ()
    digits: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DaysBetween:
    """The time from `start` to `end` (each a date or a date plus durations), in `unit`: "day",
    "week", "month" or "year". The sign is left out: "between" has no direction."""

    start: Node
    end: Node
    unit: str = "day"


@dataclass(frozen=True, slots=True, eq=False)
class Weekday:
    date: Node


@dataclass(frozen=True, slots=True, eq=False)
class Solve:
    """`left` = `right`, for `variable`."""

    left: Node
    right: Node
    variable: str


class Rewriting(StrEnum):
    SIMPLIFY = "simplify"
    EXPAND = "expand"
    FACTOR = "factor"


@dataclass(frozen=True, slots=True, eq=False)
class Simplify:
    node: Node
    rewriting: Rewriting = Rewriting.SIMPLIFY


@dataclass(frozen=True, slots=True, eq=False)
class Derivative:
    """`at`: the value of the derivative there, when said."""

    node: Node
    variable: str
    order: int = 1
    at: Node | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Integral:
    """Indefinite without bounds; `low` and `high` are given together."""

    node: Node
    variable: str
    low: Node | None = None
    high: Node | None = None


Question: TypeAlias = Compute | DaysBetween | Weekday | Solve | Simplify | Derivative | Integral

ONE = Number("1")


def add_or_subtract(operator: Operator, left: Node, right: Node) -> Node:
    """`200 + 10%` is 10% more than 200, as on a pocket calculator; `10% + 5%` is 15%."""
    if right.percentage and not left.percentage:
        return Binary(Operator.MULTIPLY, left, Binary(operator, ONE, right))
    return Binary(operator, left, right, percentage=left.percentage and right.percentage)


def negate(operand: Node) -> Node:
    return Negate(operand, percentage=operand.percentage)
