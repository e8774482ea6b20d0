"""Text to question, by the grammar in grammar.lark; text that does not fit it is declined.

The parser is LALR with the tree built as it goes: no recursion, time linear in the text. What a
rule means is in questions.py and what that builds on, what a token is in lexer.py. Does not
compute, and bounds nothing but what the grammar refuses.
"""

# ruff: noqa: RUF001, RUF003 - the typographic apostrophe is meant

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark
from lark.exceptions import UnexpectedInput

from services.calculator.decline import NotACalculation
from services.calculator.reading import codes
from services.calculator.reading.lexer import WordLexer
from services.calculator.reading.questions import Questions
from services.calculator.tree import Question

_GRAMMAR = Path(__file__).with_name("grammar.lark")
_SPACES = re.compile(r"[ \t\r\n\u00a0\u2009\u202f]+")
_APOSTROPHE = re.compile(r"(?<=[A-Za-z])’(?=[A-Za-z])")  # what’s; 5’ stays five feet


@cache
def parser(*, debug: bool = False) -> Lark:
    """debug: log the grammar's conflicts. Takes about a second."""
    options: dict[str, Any] = {"lexer": WordLexer, "debug": debug}
    return Lark(
        _GRAMMAR.read_text(encoding="utf-8"),
        parser="lalr",
        start="question",
        transformer=Questions(),
        maybe_placeholders=False,
        # ASCII: without it, K (the Kelvin sign) is k in any case.
        g_regex_flags=re.IGNORECASE | re.ASCII,
        **options,
    )


def parse(text: str) -> Question:
    """What the text asks. NotACalculation: it asks nothing that is read here."""
    words = _APOSTROPHE.sub("'", _SPACES.sub(" ", text)).strip(" ")
    if codes.is_code(words):
        raise NotACalculation("a number of a telephone or a book, or a span of years")
    try:
        question: Question = parser().parse(words)  # type: ignore[assignment]
    except UnexpectedInput:
        # `from None`: lark's message quotes the text, which must not reach a log.
        raise NotACalculation("not wholly a calculation") from None
    return question
