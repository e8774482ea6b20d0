# ruff: noqa: RUF001 - characters that look like others are what some attacks are made of
"""Inputs made to hang, crash or fool the calculator, by kind of attack.

Each fits the service's default length limit unless the kind is "oversized". They are what
tests/services/calculator/test_safety.py sends while it times others, and seeds of the fuzzers.
Does not cover: malformed HTTP and JSON (tests/contract/test_bad_bodies.py).
"""

from __future__ import annotations

from dataclasses import dataclass

LENGTH = 1_990
"""Just under the service's default limit of 2,000 characters."""


@dataclass(frozen=True, slots=True)
class Attack:
    inputs: tuple[str, ...]
    declined: bool = True
    """Whether each input must be declined or refused; False: a right answer is as good."""


def run(part: str, end: str = "") -> str:
    """As many repetitions of `part` as fit, then `end`."""
    return part * ((LENGTH - len(end)) // len(part)) + end


def nested(opening: str, core: str, closing: str) -> str:
    depth = (LENGTH - len(core)) // (len(opening) + len(closing))
    return opening * depth + core + closing * depth


TOWERS = Attack(
    (
        "9**9**9**9",
        "(((9**64)**64)**64)**64",
        run("9^", "9"),
        "2^(2^(2^(2^(2^(2^2)))))",
        "9^9^9^9 - 9^9^9^9",
        "9^9^9 mod 7",
        "(1/3)^(10^9)",
        "10^-(10^10)",
        "2^(10^10) / 2^(10^10)",
        "exp(exp(exp(exp(5))))",
        "1e999999999 * 1e999999999",
        "1e-999999999 + 1",
        "((((10^3000)^3000)^3000)^3000)",
        "9^9^9 km in m",
        "(2^0.5)^(10^30)",
    )
)

FACTORIALS = Attack(
    (
        "10000000!",
        "99999999999999999999!",
        "(10^8)!",
        "5!!!!!!",
        "((5!)!)!",
        "factorial of one billion",
        "1000000 choose 500000",
        "choose(10^12, 10^11)",
        "permute(1000000, 500000)",
        "100000!/99999!",
        "gcd(100000!, 99999!)",
        "lcm(30000!, 29999!)",
        run("9", "!"),
        "5" + run("!")[1:],
        "product of 3000!, 3000! and 3000!",
    )
)

BRACKETS = Attack(
    (
        nested("(", "1+1", ")"),
        run("(", "1+1"),
        "1+1" + run(")")[3:],
        run("("),
        run("()"),
        nested("sqrt(", "2", ")"),
        nested("sin(", "2", ")"),
        nested("abs(", "-2", ")"),
        nested("max(1,", "2", ")"),
        nested("2^(", "1", ")"),
        nested("(1+", "1", ")"),
        nested("(", "x^2 = 4", ")"),
        "derivative of " + nested("sin(", "x", ")")[: LENGTH - 14],
        "derivative of " + "sin(" * 300 + "x" + ")" * 300,
        "simplify " + "(" * 900 + "x + x" + ")" * 900,
        run("-", "1+1"),
        run("√", "16"),
        run("|", "1"),
        run("half of ", "2"),
        run("square root of ", "2"),
        run("1+", "1"),
        run("1/", "3"),
        run("2^-", "1"),
    ),
    declined=False,
)

OVERSIZED = Attack(
    (
        "9" * 1_000_000 + "+1",
        "1+" * 500_000 + "1",
        "(" * 1_000_000,
        " " * 1_000_000 + "1+1",
        "9" * 60_000,
        "1+" * 1_001 + "1",
        "２" * 20_000,
    )
)

LONG_NUMBERS = Attack(
    (
        f"{'9' * 990} * {'9' * 990}",
        f"{'9' * 990} / {'7' * 990}",
        f"{'9' * 990} ^ {'9' * 990}",
        f"{'9' * 990} mod {'7' * 990}",
        f"gcd({'9' * 980}, {'7' * 980})",
        f"sqrt({'9' * 1_900})",
        f"sin({'9' * 1_900})",
        f"0.{'1' * 1_900}1 + 1",
        f"1e{'9' * 1_900} + 1",
        f"1{run(',000')[10:]} + 1",
        f"{'9' * 1_900} km in miles",
        f"3 March 2024 + {'9' * 1_900} days",
        f"round(1/3, {'9' * 1_900})",
        f"pi to {'9' * 1_900} decimal places",
        f"{'9' * 1_900}th root of 2",
        f"{'9' * 980} choose {'7' * 980}",
    ),
    declined=False,
)

REGEX_BOMBS = Attack(
    (
        "1" + run(" ")[10:] + "+",
        run(" ", "?"),
        "1+1" + run(" ")[10:] + "x",
        run("1,", "x"),
        run("1,234", "x"),
        "1" + run(",111")[10:] + ",11 + 1",
        run("1.", "x"),
        run("1 ", "x"),
        run("1/2 ", "x"),
        run("a", "!"),
        run("e", "1"),
        run("1e", "x"),
        run("'", "x"),
        run('"', "x"),
        run("`", "x"),
        run("’", "x"),
        run("%", "x"),
        run("5%", "x"),
        run("5 % ", "x"),
        run("$", "x"),
        run("°", "x"),
        run("½", "x"),
        run("?", "x"),
        run("= ", "x"),
        run(".", "x"),
        run("what is ", "x!"),
        run("please ", "!"),
        run("of ", "x!"),
        run("1 and ", "x!"),
        run("1, ", "x!"),
        run("2024-01-", "x"),
        run("3 March 2024 ", "!"),
        run("5 ft ", "x!"),
        run("x", "y"),
        run("2x", "y"),
        run("the value of ", "!"),
        run("to the ", "!"),
        run("\n", "x"),
        run("\t1", "x"),
        run("1 000", "x"),
    )
)

DIGITS = Attack(
    (
        run("２", "+1"),
        run("٢+", "٢"),
        run("१", "!"),
        "２＋２",
        "1２3 + 4",
        "𝟐 + 𝟐",
        run("𝟐", " + 1"),
        "Ⅳ + Ⅵ",
        run("①+", "②"),
        "²+²",
        run("1\u0301", "+1"),
        run("1\u200d", "+1"),
        "\u202e2+2",
        run("\ufdfa", "+1"),
        run("½", "+½"),
        "二 + 二",
    )
)

HOMOGLYPHS = Attack(
    (
        "ѕqrt(4)",
        "2 х 3",
        run("2 х ", "3"),
        "5 кm in miles",
        "10 mіles in km",
        "twо plus two",
        "ｓｑｒｔ(4)",
        "5 ＊ 3",
        "（2 + 3）* 4",
        run("ѕ", "(4)"),
        "l0 + 5",
        "1O + 5",
        "dеrivative of x^3",
    )
)

ALGEBRA = Attack(
    (
        "integral of sin(x)^20*cos(x)^18*e^x",
        "integral of sqrt(x^4 + 1)",
        "integral of 1/(x^20 + x + 1)",
        "integrate e^(x^2)*sin(x^3) from 0 to 10",
        "integral of ln(x)^10*x^9/(1 + x^2)",
        "integral of sqrt(tan(x))*sqrt(sin(x) + 2)",
        "integral of x^x",
        "integral of 1/(sin(x)^5 + cos(x)^7 + tan(x))",
        "integral of e^(sin(x))*cos(x)^9*sqrt(1 + x)",
        "integral of sin(10^20*x)/x from 1 to 10^9",
        "solve x^20 + x^19 - 3x^7 + 1 = 0",
        "solve sin(x) + cos(2x) + x^3 = e^x",
        "solve x^x = 2^(x + 5)",
        "solve sqrt(x+1) + sqrt(x+2) + sqrt(x+3) + sqrt(x+4) = 10",
        "solve sin(x)^7 + cos(x)^9 = tan(x)^3",
        "solve (x^5 - x - 1)^4 = (x^3 + 7)^6",
        "solve e^x + e^(2x) + e^(3x) + e^(5x) = 7",
        "solve x^1000000 = 2",
        "simplify ((x+1)^20 - (x-1)^20)/(x^2+1)^10",
        "simplify sin(x)^12 + cos(x)^12 + tan(x)^12*sin(2x)^8 - cos(4x)^6",
        "simplify sqrt(x + sqrt(x + sqrt(x + sqrt(x + sqrt(x)))))^9",
        "expand (x+1)^20*(x-1)^20*(x+2)^20*(x-2)^20",
        "expand (x + 1)^1000000",
        "expand ((((x+1)^20+1)^20+1)^20+1)^20",
        "factor x^20 - 1048576",
        "factor x^1000000 - 1",
        "factor 123456789012345678901234567890123456789x^2 - 98765432109876543210987654321",
        "derivative of x^x^x^x^x^x^x",
        "fifth derivative of tan(sin(ln(x^x)))^9",
        "derivative of " + "sin(x)*" * 250 + "x",
        "expand " + "(x+1)" * 380,
        "solve " + "x+" * 900 + "x = 1",
        "integral of " + "x*" * 900 + "x",
    ),
    declined=False,
)

WORDS = Attack(
    (
        run("one hundred thousand million ", "plus one"),
        run("twenty-", "one plus one"),
        run("hundred ", "plus one"),
        run("million ", "plus one"),
        run("one ", "plus one"),
        run("nine hundred and ninety-nine million ", "times two"),
        run("two dozen ", "times two"),
        run("a third of ", "nine"),
        run("half a ", "dozen"),
        run("and ", "one"),
        run("two plus ", "two"),
        run("minus ", "two"),
        run("squared ", "two"),
        "two" + run(" squared")[10:],
        "two" + run(" to the power of two")[20:],
        run("twelvetwelve", " plus one"),
        "x".join(["seventy-seven "] * 130),
    ),
    declined=False,
)

QUANTITIES = Attack(
    (
        "1 km^999999999",
        "(5 m)^(10^9)",
        "(5 km)^1000 in m^1000",
        "2 km" + " * 2 km" * 280,
        "1 km" + "/h" * 900,
        "10 km in " + "km*" * 600 + "km",
        run("5 ft 3 in ", "in cm"),
        run("5 hours ", "in days"),
        "1e3000 light years in nanometers",
        "10^3800 km in nm",
        "1 January 1 + 99999999999999999999 days",
        "3 March 2024 + 10^3000 days",
        "what day was 99 March 99999999999999999999",
        "days between 1 January 1 and 31 December 999999999",
        f"max({'1,' * 900}2)",
        "median of " + ", ".join(["1"] * 600),
        f"gcd({'123456789012345678901234567890, ' * 55}6)",
        f"mean({'1/7, ' * 350}1/11)",
        f"sum({'1/9973, 1/9967, ' * 110}1)",
        f"lcm({', '.join(str(10**9 + n) for n in range(150))})",
        "speed of light" + " * speed of light" * 100,
    ),
    declined=False,
)

ATTACKS = {
    "towers": TOWERS,
    "factorials": FACTORIALS,
    "brackets": BRACKETS,
    "oversized": OVERSIZED,
    "long-numbers": LONG_NUMBERS,
    "regex-bombs": REGEX_BOMBS,
    "digits": DIGITS,
    "homoglyphs": HOMOGLYPHS,
    "algebra": ALGEBRA,
    "words": WORDS,
    "quantities": QUANTITIES,
}
