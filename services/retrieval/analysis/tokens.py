r"""Where terms stand in a text: one regular expression, and what each match is.

    word      Nadal's  l'homme  covid19     letters, digits and marks, apostrophes between them
    number    33,845,617  1,5  2.3.1  2024-01-15
    initials  U.S.  J. R. R.  e.g
    name      AT&T  C++  C#  .NET  e-mail  B-52  ann@example.org
    unspaced  a run in a script written without spaces (Chinese, Japanese, Korean, Thai, ...)
    scheme    https://www.                  no term; the rest of an address is words

A match does not depend on what stands around it: cut out and analysed alone, it is the same term.
Other hyphens and dots part words: Jean-Luc is found as Jean Luc too, example.com by its name.
Does not cover: folding, stop words, stems (services.retrieval.analysis.analyzer).
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache
from itertools import groupby

# Han, kana, bopomofo and Hangul; Thai and Lao, Myanmar, Khmer. Ranges may hold unassigned points.
_UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u103f\u1050-\u1055\u1780-\u17b3"
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3105-\u312f\u3131-\u318e\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\uff66-\uff9f\U0001b000-\U0001b16f\U00020000-\U0003ffff"
)
_JOINERS = "\u00ad\u200c\u200d"  # soft hyphen, zero-width non-joiner and joiner
_SPACES = "\u00a0\u2009\u202f"  # no-break, thin and narrow no-break: between groups of digits
APOSTROPHES = "'\u2019\u02bc"

# Groups are atomic, not possessive: before Python 3.11.5 a possessive group may end in the middle
# of a repetition (gh-106052), and "0.0.:" has the number "0.0.".
_TOKEN = r"""
    %(letter)s{2,}+ (?! %(next)s | [%(apostrophes)s&@+#_] | [-.]\w | :// )  # most words
|   (?P<scheme> %(letter)s [\w+.-]{1,20}+ :// (?>(?: [Ww]{3}\. )?) )
|   (?P<address> [\w.+-]{1,64}+ @ \w [\w-]{0,62}+ (?>(?: \. \w [\w-]{0,62}+ ){1,9}) )
|   (?P<date> \d{4}-\d\d-\d\d (?! -?\w ) )
|   (?P<number>
        (?<! \d[.,] )
        (?: [1-9]\d{0,2}+ (?: (?>(?: ,\d{3} )+) (?>(?: \.\d++ )?)  # 33,845,617.5
                            | (?>(?: \.\d{3} )+) ,\d++  # 33.845.617,5
                            | (?>(?: [%(apostrophes)s%(spaces)s]\d{3} )+) (?>(?: [.,]\d++ )?) )
        |   \d++ (?>(?: \.\d++ )+)  # 3.14  2.3.1
        |   \d{1,3}+ ,\d++ | \d++ ,\d{1,2}+ )  # 1,5  1999,90
        (?! [.,]?\d ) )
|   (?P<initials>
        (?: (?>(?: %(letter)s\. ){2,10}) (?>(?: %(letter)s (?!%(next)s) )?)  # U.S.  U.S.A
        |   %(letter)s (?>(?: \.%(letter)s ){1,9})  # e.g
        |   %(letter)s\. (?>(?: [ ]%(letter)s\. ){1,9}) ) (?!%(next)s) )  # J. R. R.
|   (?P<name>
        %(letter)s{1,20}+ (?>(?: &%(letter)s{1,20}+ ){1,3}) (?!%(next)s)
    |   %(letter)s{1,20}+ \+\+ (?!%(next)s)
    |   %(letter)s \# (?!%(next)s)
    |   (?<! [\w-] ) %(letter)s - %(word)s (?! - )
    |   (?<! [^\s(] ) \. %(letter)s %(word)s )
|   (?P<word> %(word)s (?>(?: [%(apostrophes)s](?=%(letter)s)%(word)s )*) )
"""
_UNSPACED_TOKEN = r"|   (?P<unspaced> (?>(?: [%(unspaced)s][%(marks)s]*+ )+) )"

_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:(?:,\d{3})+|(?:\.\d{3}){2,})")
_BETWEEN_DIGITS = str.maketrans("", "", APOSTROPHES + _SPACES)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One expression twice: `findall` is fast where nothing is captured."""

    bare: re.Pattern[str]
    named: re.Pattern[str]
    """The match's `lastgroup` is its kind; None is an ordinary word."""


def tokens_of(text: str) -> Tokens:
    return _ascii_tokens() if text.isascii() else _unicode_tokens()


@cache
def _ascii_tokens() -> Tokens:
    """The same tokens, found faster."""
    parts = {
        "letter": "[A-Za-z]",
        "next": "[A-Za-z0-9]",
        "word": "[A-Za-z0-9]++",
        "apostrophes": "'",
        "spaces": "",
    }
    return _compile(_TOKEN % parts, re.VERBOSE | re.ASCII)


@cache
def _unicode_tokens() -> Tokens:
    marks = _marks() + _JOINERS
    within = rf"[^\W_{_UNSPACED}]"
    parts = {
        "letter": rf"[^\W\d_{_UNSPACED}]",
        "next": rf"(?:{within}|[{marks}])",
        "word": rf"{within}++(?>(?:[{marks}]++{within}*+)*)",
        "apostrophes": APOSTROPHES,
        "spaces": _SPACES,
        "unspaced": _UNSPACED,
        "marks": marks,
    }
    return _compile((_TOKEN + _UNSPACED_TOKEN) % parts, re.VERBOSE)


def _compile(expression: str, flags: re.RegexFlag) -> Tokens:
    bare = re.sub(r"\(\?P<\w+>", "(?:", expression)
    return Tokens(bare=re.compile(bare, flags), named=re.compile(expression, flags))


@cache
def unspaced_units() -> re.Pattern[str]:
    """One character of an unspaced run with the marks on it."""
    return re.compile(f"[{_UNSPACED}][{_marks() + _JOINERS}]*")


def plain_number(number: str) -> str:
    """Digits and at most a decimal point, so that 33,845,617 is 33845617 and 1,5 is 1.5.

    A lone 12.345 stays: whether its point groups or divides is the writer's secret.
    """
    number = number.translate(_BETWEEN_DIGITS)
    if "," in number and "." in number:
        last = max(number.rfind(","), number.rfind("."))
        whole = number[:last].replace(",", "").replace(".", "")
        return f"{whole}.{number[last + 1 :]}"
    if _THOUSANDS.fullmatch(number):
        return number.replace(",", "").replace(".", "")
    return number.replace(",", ".")


def _marks() -> str:
    """All combining marks, as the inside of a character class; `re` has no name for them."""
    points = [*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0)]
    runs = groupby(points, lambda point: unicodedata.category(chr(point)).startswith("M"))
    ranges = [list(run) for is_mark, run in runs if is_mark]
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in ranges)
