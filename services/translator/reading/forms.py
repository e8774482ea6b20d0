"""A grammar at work: its patterns compiled, and languages found where its words point to them.

Covers: finding the language at the end of a request ("in French"), at its beginning, and the source
("from Spanish"). Does not cover: the wordings themselves (english.py, other_languages.py) and the
order of the forms (parse.py).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cache

from services.translator.reading.english import ENGLISH
from services.translator.reading.grammar import Grammar, compile_form
from services.translator.reading.languages import (
    ENGLISH_CODE,
    MAX_NAME_CHARS,
    Language,
    LanguageTable,
)
from services.translator.reading.other_languages import OTHER_LANGUAGES
from services.translator.reading.quotes import CLOSING
from services.translator.reading.readings import Request

MIN_NAME_CHARS = 4  # where a code is too little to go by: "the it for you"
MAX_TAIL_CHARS = MAX_NAME_CHARS + 20
MAX_NAME_WORDS = 4

# Words of courtesy after the language.
_COURTESY = re.compile(r"(?:,? (?:please|pls|plz|thanks|thank you|for me|s'il vous plaît|bitte))+$")


@dataclass(frozen=True, slots=True)
class Ending:
    """What ends a request: "... in French [from English]"."""

    before: str
    """All before it."""
    marker: str
    """The "in", in lower case."""
    target: Language
    source: Language | None
    forms: Forms
    """The grammar it was found in."""


class Forms:
    """A grammar whose patterns are compiled."""

    def __init__(self, grammar: Grammar) -> None:
        self.grammar = grammar
        self.foreign = grammar.locale != ENGLISH_CODE
        self.asks = [compile_form(form) for form in grammar.asks]
        self.weak_asks = [compile_form(form) for form in grammar.weak_asks]
        self.language_opens = [compile_form(form) for form in grammar.language_opens]
        self.language_first = [compile_form(form) for form in grammar.language_first]
        self.meanings = [compile_form(form) for form in grammar.meanings]
        self.translate = compile_form(f"(?:{grammar.translate})(?:: ?|, | ){{text}}")
        marks = r"(?P<sign>[:\n.?]| [-–—](?= )| (?=[\"“«„‘'`「]))"  # noqa: RUF001
        into = _either(grammar.into)
        self.translate_into = compile_form(
            rf"(?:{grammar.translate})(?P<before>[^:\n\"“«]{{0,60}}) (?:{into})"
            rf"(?P<target>[^:\n\"“«]{{1,60}}?) ?{marks}\s*{{text}}"
        )
        self.translate_from = compile_form(
            rf"(?:{grammar.translate})(?P<before>[^:\n\"“«]{{0,60}}) (?:{_either(grammar.out_of)})"
            rf"(?P<target>[^:\n\"“«]{{1,60}}?) ?{marks}\s*{{text}}"
        )
        self.question = compile_form(rf"(?:{grammar.questions})\b.*")
        self.speaking = compile_form(rf"(?:.* )?(?:{grammar.speaking})")
        self.referring = compile_form(f"(?:{grammar.referring})")
        self.into = compile_form(rf"(?<=\s)(?:{into})")
        self.out_of = compile_form(rf"(?:^|(?<=\s))(?:{_either(grammar.out_of)})")

    def language(
        self, words: str, languages: LanguageTable, *, any_code: bool = False
    ) -> Language | None:
        """The language that `words` name in this grammar; courtesy and quotes are left out."""
        name = _COURTESY.sub("", words.rstrip(" ?!.…)]")).strip()
        if len(name) > 2 and name[-1] in CLOSING.get(name[0], ""):
            name = name[1:-1]
        if "(" in name:
            name += ")"
        if self.foreign:
            return languages.find_in(self.grammar.locale, name, self.grammar.endings)
        return languages.find(name, any_code=any_code)

    def worded(self, found: list[Request]) -> list[Request]:
        """The readings, marked as asked for in this grammar's language."""
        asked_in = self.grammar.locale if self.foreign else ""
        return [replace(request, asked_in=asked_in) for request in found]

    def split_last(self, text: str, languages: LanguageTable, *, any_code: bool) -> Ending | None:
        """The last "in LANGUAGE" when it ends `text`; None when no language does."""
        start = max(0, len(text) - MAX_TAIL_CHARS)
        for match in reversed(list(self.into.finditer(text, start))):
            words, marked = text[match.end() :], match.group().strip().casefold()
            name, source = self.split_source(words, languages)
            language = self.language(name, languages, any_code=any_code)
            if language is None and len(name) >= MIN_NAME_CHARS and len(marked) > 1:
                language = languages.find(name)  # "hallo auf English"
            if language is not None:
                return Ending(text[: match.start()].rstrip(), marked, language, source, self)
        return None

    def split_source(self, text: str, languages: LanguageTable) -> tuple[str, Language | None]:
        """`text` without the "from LANGUAGE" that ends it, and that language, or None."""
        start = max(0, len(text) - MAX_TAIL_CHARS)
        for match in reversed(list(self.out_of.finditer(text, start))):
            language = self.language(text[match.end() :], languages, any_code=True)
            if language is not None:
                return text[: match.start()].rstrip(), language
        return text, None

    def trailing_source(self, words: str, languages: LanguageTable) -> Language | None:
        """The source in "this sentence from Spanish", "Spanish" or "the Spanish text"."""
        source = self.split_source(words, languages)[1] or self.language(words, languages)
        named = (self.language(word, languages) for word in words.split() if len(word) > 3)
        return source or next((language for language in named if language), None)

    def leading_language(self, words: str, languages: LanguageTable) -> tuple[Language, str] | None:
        """The language that the first of `words` name, the more the better, and what is left."""
        parts = words.split()
        for count in range(min(MAX_NAME_WORDS, len(parts)), 0, -1):
            name = " ".join(parts[:count]).rstrip(":,")
            language = self.language(name, languages, any_code=True)
            if language is not None:
                return language, " ".join(parts[count:])
        return None


def _either(words: tuple[str, ...]) -> str:
    """Markers with the space after them; a pattern that matches nothing for none."""
    if not words:
        return "(?!)"
    return "|".join(word if word[-1] in "'-" else f"{word} " for word in words)


@cache
def all_forms() -> tuple[Forms, ...]:
    """English first. Compiled once, when first asked for."""
    return tuple(Forms(grammar) for grammar in (ENGLISH, *OTHER_LANGUAGES))
