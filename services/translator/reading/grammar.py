"""How one language words a request for a translation, as a table, and how its patterns are read.

Covers: the type of the tables (english.py, other_languages.py) and their small notation. Does not
cover: looking for them in a request (forms.py, parse.py).

The notation is a regular expression in which a space is one character of white space (a request
has no runs of it when it comes here), ' is any apostrophe, {text} is anything, and {target} and
{source} are one to four words that may name a language. Patterns match the whole, in any case.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_TEXT = r"(?P<text>\S.*)"
_LANGUAGE = r"[^\s:,\"“”«»]{1,30}(?:\s[^\s:,\"“”«»]{1,30}){0,3}"


def either(*lists: str) -> str:
    """One regular expression for the phrases of comma-separated lists."""
    phrases = (" ".join(phrase.split()) for listed in lists for phrase in listed.split(","))
    return "(?:" + "|".join(phrase for phrase in phrases if phrase) + ")"


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
