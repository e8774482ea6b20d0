"""How one language words a request for a translation, as a table, and how its patterns are read.

Covers: the type of the tables (english.py, other_languages.py) and their small notation. Does not
cover: the order in which forms are tried (parse.py).

The notation is a regular expression in which a space is one character of white space (a request
has no runs of it when it comes here), ' is any apostrophe, {text} is anything, and {target} and
{source} are one to four words that may name a language. Patterns match the whole, in any case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from services.translator.reading.languages import (
    ENGLISH_CODE,
    MAX_NAME_CHARS,
    Language,
    LanguageTable,
)
from services.translator.reading.quotes import CLOSING

MIN_NAME_CHARS = 4  # where a code is too little to go by: "the it for you"
MAX_TAIL_CHARS = MAX_NAME_CHARS + 20

_TEXT = r"(?P<text>\S.*)"
_LANGUAGE = r"[^\s:,\"“”«»]{1,30}(?:\s[^\s:,\"“”«»]{1,30}){0,3}"
# Words of courtesy after the language.
_COURTESY = re.compile(r"(?:,? (?:please|pls|plz|thanks|thank you|for me|s'il vous plaît|bitte))+$")


def compile_form(pattern: str) -> re.Pattern[str]:
    """The regular expression that a pattern in the notation stands for."""
    places = {"text": _TEXT}
    for place in ("target", "source"):
        places[place] = f"(?P<{place}>{_LANGUAGE})"
    plain = pattern.replace("'", "['’]").replace(" ", r"\s")  # noqa: RUF001
    for place, expression in places.items():
        plain = plain.replace("{" + place + "}", expression)
    return re.compile(plain, re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Grammar:
    """How requests are put in the language of `locale`. Patterns are in the module's notation."""

    locale: str
    into: tuple[str, ...]
    """What stands before the target: "hello *in* French". Ending in ' or -: no space."""
    out_of: tuple[str, ...]
    """What stands before the source: "gato *from* Spanish"."""
    translate: str
    """The verb that asks for a translation; after it codes count even where they are words."""
    asks: tuple[str, ...]
    """What stands around {text} where "into LANGUAGE" follows, and makes any text a request."""
    weak_asks: tuple[str, ...] = ()
    """The same, but facts are asked for in the same form: "what is {text}"."""
    language_opens: tuple[str, ...] = ()
    """Whole requests that begin with {target}: "in {target}, how do you say {text}"."""
    language_first: tuple[str, ...] = ()
    """Whole requests in which {target} stands before {text}, "the {target} word for {text}", or
    {source} and no target, "the meaning of the {source} word {text}"."""
    meanings: tuple[str, ...] = ()
    """Asks for what {text} means, in this language when no other is named."""
    referring: str = ""
    """Words that stand for a text which is elsewhere: "this"."""
    questions: str = ""
    """Words a question about the world begins with: "how many words ..." asks for no translation
    though "in LANGUAGE" ends it."""
    speaking: str = ""
    """Verbs that take "in LANGUAGE" to themselves: "he spoke | in German" is no request."""
    endings: tuple[tuple[str, str], ...] = ()
    """Endings that a language's name takes in a sentence, with the ones CLDR writes."""


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

    def split_last(
        self, marker: re.Pattern[str], text: str, languages: LanguageTable, *, any_code: bool
    ) -> tuple[str, Language, Language | None, str] | None:
        """For a `text` that ends in "in LANGUAGE": what stands before it, the language, the source
        in "in LANGUAGE from SOURCE", and the "in"; None when no language ends the text."""
        start = max(0, len(text) - MAX_TAIL_CHARS)
        for match in reversed(list(marker.finditer(text, start))):
            words, marked = text[match.end() :], match.group().strip().casefold()
            name, source = self.split_source(words, languages)
            language = self.language(name, languages, any_code=any_code)
            if language is None and len(name) >= MIN_NAME_CHARS and len(marked) > 1:
                language = languages.find(name)  # "hallo auf English"
            if language is not None:
                return text[: match.start()].rstrip(), language, source, marked
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


def _either(words: tuple[str, ...]) -> str:
    if not words:
        return "(?!)"
    return "|".join(word if word[-1] in "'-" else f"{word} " for word in words)
