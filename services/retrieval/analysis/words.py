"""Text to terms, the same for facts and for queries.

Folds case, accents and typographic signs; drops the possessive 's and what is left of a verb after
an apostrophe (`I'd`, `can't`), but for `who's`, which is `who is`; joins initials (`J. R. R.` and
`J R R` both become `jrr`) and the thousands of a number; takes off the plural s, and nothing else:
with -ing gone, `Keating` and `Keats`, `Reading` and `read` would be one name. Stop words go in
`terms`, not in `tokens`: "how old" and "where" carry meaning for attributes.py.

Not here: spelling mistakes, languages other than English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_STOP_WORDS = """
    a about am an and any are as at be been being but by ca can could currently did do does doing
    exactly for from give had has have he her hers him his how i if in into is it its just know me
    my now of on one or our please she should so some tell than that the their them then there these
    they this those to today us was we were what whats when where which who whom whose why will with
    wo would you your yours
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
# Those of them that stand for what the conversation is about.
_PRONOUNS = """
    he her hers him his i it its me my our she that their them they this those these us we you your
    yours
"""
PRONOUNS = frozenset(_PRONOUNS.split())

# Letters that Unicode does not decompose into a base letter and a mark.
_LETTERS = str.maketrans(
    {
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{MODIFIER LETTER APOSTROPHE}": "'",
        "\N{MODIFIER LETTER TURNED COMMA}": "'",
        "`": "'",
    }
)
_INITIALS = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.\s?){2,}")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_IS = re.compile(r"(?<![^\W_])(who|what|where|when|how)'?s(?![^\W_])")
_POSSESSIVE = re.compile(r"(?:n't|'(?:s|d|m|ll|re|ve)?)(?![^\W_])")
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*(?:\+\+|#)?")
_LONE_INITIALS = re.compile(r"(?<![^\W_])[b-hj-z](?: [b-hj-z])+(?![^\W_])")


def fold(text: str) -> str:
    """Lower case without accents: `Erdoğan` → `erdogan`, `Straße` → `strasse`."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    return "".join(mark for mark in decomposed if not unicodedata.combining(mark))


def spelled(text: str) -> list[str]:
    """Every word as it is spelled but folded, in order: `tokens` before stemming."""
    folded = fold(text)
    if "," in folded:
        folded = _THOUSANDS.sub("", folded)
    if "." in folded:
        folded = _INITIALS.sub(_join_initials, folded)
    folded = _IS.sub(r"\1 is", folded)
    if "'" in folded:
        folded = _POSSESSIVE.sub("", folded)
    folded = _LONE_INITIALS.sub(lambda run: run.group().replace(" ", ""), folded)
    return [word.replace("'", "") for word in _WORD.findall(folded)]


def tokens(text: str) -> list[str]:
    """Every word in its stem's form, stop words included, in order."""
    return [stem(word) for word in spelled(text)]


def terms(text: str) -> list[str]:
    """The words that carry the meaning; a text of stop words only keeps them (`The Who`)."""
    words = tokens(text)
    return without_stop_words(words) or words


def without_stop_words(words: Iterable[str]) -> list[str]:
    """An `i` after a word that stays is a numeral, and stays too: `World War I`, `Elizabeth I`."""
    kept: list[str] = []
    before = ""
    for word in words:
        if word not in STOP_WORDS or (word == "i" and before and before not in STOP_WORDS):
            kept.append(word)
        before = word
    return kept


def stem(word: str) -> str:
    """Harman's S-stemmer. Stop words keep their form, so that they are known afterwards."""
    if word in STOP_WORDS:
        return word
    if len(word) > 3 and word.endswith("s") and not word.endswith(("us", "ss", "is")):
        if word.endswith("ies") and not word.endswith(("eies", "aies")) and len(word) > 4:
            return word[:-3] + "y"
        return word[:-1]
    return word


def _join_initials(run: re.Match[str]) -> str:
    return run.group().replace(".", "").replace(" ", "") + " "
