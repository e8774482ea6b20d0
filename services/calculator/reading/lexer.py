"""Text to tokens, as the parser asks for them: of what it can take next, the longest that matches.

The terminals are those of grammar.lark. Some are not patterns but looked up: units, currencies
before an amount and physical constants (vocabulary.py), numbers and fractions in words
(numerals.py). Each place of the text is tried once per terminal: time is linear in the text.

Nothing here knows a rule of the grammar; what this does know, of single terminals:
  - a word ends where its letters end: "sin" is not read in "single";
  - algebra has letters for unknowns and no units, and nothing else has letters;
  - "/" is "per", and "*" joins units, only where a unit follows directly, and so is
    "1/4" one number;
  - 2024-02-30 is meant as a date, which is then declined; 2024-13-45 is a subtraction;
  - in the brackets of a function of several numbers, a comma separates and groups no thousands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeAlias

from lark import Token
from lark.common import LexerConf
from lark.exceptions import UnexpectedInput
from lark.lexer import Lexer
from lark.parsers.lalr_analysis import Shift

from services.calculator.reading import dates, numerals
from services.calculator.reading.vocabulary import Vocabulary, vocabulary

_ALGEBRA_WORDS = frozenset(
    [
        "_SOLVE",
        "_SOLVE_FOR",
        "_ROOTS_OF",
        "SIMPLIFY",
        "_DERIVE",
        "NTH_DERIVATIVE",
        "D_DX",
        "_INTEGRAL",
    ]
)
_IN_ALGEBRA_ONLY = frozenset({"VARIABLE", "DX"})
_NOT_IN_ALGEBRA = frozenset(
    {
        "UNIT",
        "INCH",
        "_IN",
        "SHARE",
        "PI_SHARE",
        "CURRENCY",
        "_ARTICLE",
        "_UNIT_TIMES",
        "_CROSS",
        "FEET_INCHES",
        "HOURS_MINUTES",
        "MINUTES",
    }
)
_OF_SEVERAL = frozenset(
    [
        "SUM",
        "PRODUCT",
        "MEAN",
        "MEDIAN",
        "MODE",
        "STDEV",
        "PSTDEV",
        "VARIANCE",
        "PVARIANCE",
        "MIN",
        "MAX",
        "GCD",
        "LCM",
        "ROOT",
        "CHOOSE",
        "PERMUTE",
        "QUOTIENT",
    ]
)
_BEFORE_A_UNIT = frozenset({"_PER", "_UNIT_TIMES", "SHARE", "PI_SHARE"})
_LOOKED_UP = frozenset({"UNIT", "INCH", "CURRENCY", "NUMERAL", "FRACTION", "PHYSICAL"})
_OPENING = frozenset({"_OPEN", "_CALL_OPEN"})

# "the" is passed over before a word, a root sign or an ordinal: "the 5" is left to be declined.
_PASSED_OVER = re.compile(r" ?(?:the (?=[A-Za-z√|∛]|[0-9]+(?:st|nd|rd|th)\b))?", re.I | re.A)
_AMOUNT = re.compile(r" ?[0-9.(]")
_BEFORE_UNIT = re.compile(r" ?(?:(?:square|cubic|sq|cu)\.? )?", re.I | re.A)
_WORD_END = r"(?:(?<![A-Za-z])|(?![A-Za-z]))"


_Choice: TypeAlias = tuple[str, re.Pattern[str] | None]
"""A terminal and its pattern; None: it is looked up."""
_Match: TypeAlias = tuple[str, int, Any]
"""A terminal, where it ends, and what a looked-up one stands for."""


class NoToken(UnexpectedInput):
    """Nothing that can stand here does."""


class WordLexer(Lexer):
    __future_interface__: ClassVar[int] = 2

    def __init__(self, conf: LexerConf, words: Vocabulary | None = None) -> None:
        flags = conf.g_regex_flags
        self._words = words or vocabulary()
        self._terminals = {
            terminal.name: (re.compile(terminal.pattern.to_regexp() + _WORD_END, flags), order)
            for order, terminal in enumerate(
                sorted(conf.terminals, key=lambda terminal: -terminal.priority)
            )
        }
        self._equation = self._terminals["_EQUALS"][0]
        self._choices: dict[tuple[Any, bool, bool], list[_Choice]] = {}

    def lex(self, lexer_state: Any, parser_state: Any) -> Iterator[Token]:
        text: str = lexer_state.text.text
        algebra = self._equation.search(text) is not None
        separates = [False]  # per open bracket: whether a comma separates in it
        several = False
        position = 0
        while True:
            skipped = _PASSED_OVER.match(text, position)
            position = skipped.end() if skipped else position
            if position == len(text):
                return
            state = parser_state.position
            key = (state, algebra, separates[-1])
            choices = self._choices.get(key)
            if choices is None:
                accepted = parser_state.parse_conf.states[state]
                choices = self._choices[key] = self._possible(accepted, algebra, separates[-1])
            name, end, value = self._longest(text, position, choices, parser_state)
            yield Token(name, text[position:end] if value is None else value, position)
            algebra = algebra or name in _ALGEBRA_WORDS
            if name in _OPENING:
                separates.append(several or (name == "_OPEN" and separates[-1]))
            elif name == "_CLOSE" and len(separates) > 1:
                separates.pop()
            several = name in _OF_SEVERAL
            position = end

    def _possible(
        self, accepted: Mapping[str, object], algebra: bool, separates: bool
    ) -> list[_Choice]:
        """What to try, the preferred first among equally long."""
        out = _NOT_IN_ALGEBRA if algebra else _IN_ALGEBRA_ONLY
        out |= {"NUMBER" if separates else "UNGROUPED"}
        names = [name for name in self._terminals if name in accepted and name not in out]
        found = sorted(names, key=lambda name: self._terminals[name][1])
        looked_up = sorted((_LOOKED_UP & accepted.keys()) - out)
        return [(name, self._terminals[name][0]) for name in found] + [
            (name, None) for name in looked_up
        ]

    def _longest(
        self, text: str, position: int, choices: Sequence[_Choice], parser_state: Any
    ) -> _Match:
        """NoToken: nothing that the parser can take matches."""
        matches: list[_Match] = []
        for name, pattern in choices:
            if pattern is None:
                found = self._look_up(name, text, position)
                if found is not None:
                    matches.append((name, found[1], found[0]))
            elif (match := pattern.match(text, position)) and self._stands(name, match):
                matches.append((name, match.end(), None))
        matches.sort(key=lambda match: -match[1])  # stable: the preferred stay first
        for candidate in matches:
            if len(matches) == 1 or _is_shifted(candidate[0], parser_state):
                return candidate
        raise NoToken("nothing that can stand here")

    def _look_up(self, name: str, text: str, position: int) -> tuple[Any, int] | None:
        match name:
            case "UNIT" | "INCH":
                unit = self._words.unit_at(text, position)
                preposition = unit is not None and text[position : unit[1]].lower() == "in"
                return unit if preposition == (name == "INCH") else None
            case "PHYSICAL":
                return self._words.constant_at(text, position)
            case "NUMERAL":
                return numerals.numeral_at(text, position)
            case "FRACTION":
                return numerals.fraction_at(text, position)
        unit = self._words.unit_at(text, position)
        before_amount = unit and _AMOUNT.match(text, unit[1])
        return unit if unit and before_amount and self._words.is_currency(unit[0]) else None

    def _stands(self, name: str, match: re.Match[str]) -> bool:
        """What no pattern can say: a unit follows, a day is meant."""
        if name == "DATE":
            return dates.is_meant(match.group())
        if name not in _BEFORE_A_UNIT:
            return True
        before = _BEFORE_UNIT.match(match.string, match.end())
        start = before.end() if before else match.end()
        if self._look_up("CURRENCY", match.string, start):
            return False  # $20 / $5
        return self._words.unit_at(match.string, start) is not None


def _is_shifted(name: str, parser_state: Any) -> bool:
    """Whether the parser would take a token, after what it would reduce before.

    The table alone says too much: a state reduces on tokens that only other ways to it can use.
    """
    states = parser_state.parse_conf.states
    stack = parser_state.state_stack
    depth = len(stack)  # what the reductions leave of the stack
    pushed: list[Any] = []  # and what they put on top of it
    while True:
        action = states[pushed[-1] if pushed else stack[depth - 1]].get(name)
        if action is None:
            return False
        if action[0] is Shift:
            return True
        rule = action[1]
        left = len(rule.expansion) - len(pushed)
        del pushed[max(0, -left) :]
        depth -= max(0, left)
        pushed.append(states[pushed[-1] if pushed else stack[depth - 1]][rule.origin.name][1])
