"""An English "please" at either end of a sentence, which Apertium takes for the verb.

Covers: taking it off, and its set phrase at the end of the translation ("Water, please" was "Agua,
complacer"). Does not cover: a "please" in the middle, other courtesies, other source languages.
"""

from __future__ import annotations

import re

# As in the phrase list, for the languages that Apertium reaches from English.
PLEASE = {
    "ca": "si us plau",
    "eo": "bonvolu",
    "es": "por favor",
    "fr": "s'il vous plaît",
    "it": "per favore",
    "pt": "por favor",
}
_FIRST = re.compile(r"please,? (?P<rest>\S.*)", re.IGNORECASE | re.DOTALL)
_LAST = re.compile(r"(?P<rest>.*\S),? please(?P<end>[.?!…]*)", re.IGNORECASE | re.DOTALL)
_END = re.compile(r"\s*[.?!…]*$")


def without_please(text: str) -> str | None:
    """The sentence without its "please", its end mark kept; None where it has none."""
    first = _FIRST.fullmatch(text)
    if first is not None:
        rest = first["rest"]
        return rest[0].upper() + rest[1:] if text[0].isupper() else rest
    last = _LAST.fullmatch(text)
    return last["rest"].rstrip(",") + last["end"] if last is not None else None


def with_please(translated: str, target_code: str) -> str:
    """The translation with its "please", before the end mark."""
    return _END.sub(lambda found: f", {PLEASE[target_code]}{found.group()}", translated, count=1)
