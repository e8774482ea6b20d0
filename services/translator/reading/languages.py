"""Names and codes of languages, in English, from CLDR.

Covers: which words name a language ("French", "fr", "fra", "Brazilian Portuguese") and the one
code each language has inside this service: CLDR's, which is ISO 639-1 where that exists and
ISO 639-3 elsewhere. Does not cover: what any engine can do with a language.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from babel import localedata
from babel.core import get_global

ENGLISH_CODE = "en"

# What people say that CLDR's English list does not, by CLDR code.
OTHER_NAMES: dict[str, str] = {
    "castilian": "es",
    "mandarin": "zh",
    "mandarin chinese": "zh",
    "farsi": "fa",
    "bahasa indonesia": "id",
    "brazilian": "pt_BR",
    "modern greek": "el",
    "norwegian bokmal": "nb",
    "scots gaelic": "gd",
}

# Codes that are also English words: "how do I get to it" asks for no Italian.
WORD_CODES = frozenset(
    """am an as at be by do go ha he hi ho id in io is it la ma me my no of oh om on or os pa pi so
    ta to up us we yo ad are bad bin bug but car dar day den din doc dog ell fan fat fin fly for
    gal gay get had ham has her him his how hup kin kit kid lad lag lam lol man mad map mar mas may
    men mon mos mus new nor not now one our out pan pap pau per rap raw ron run sad sat see she sin
    sit son sun tat tog too top tum two use van war was way who why win won yes yet you zen all and
    ant any arc arm art ash bat bra bum cat cop dan dun dye fan fon gad gan gut hit hoc hop lab led
    lit log lot low luo mag max mic mid nap net nob nog nut nun oar odd off oil old ore own pal pas
    pin pit pop pot pro rag ram ran rat rid rig rob rod row rub rue sag sap sap saw say ski sly sob
    soy spa tag tan tap tar tax tea ten the tie tip toe ton toy try tub tug via vim wed wet wit wow
    zip""".split()  # noqa: SIM905  a list of 200 quoted words is harder to read
)

# Right and left single quotation mark, modifier apostrophe and grave accent; the hyphen.
_SIMPLE = str.maketrans("\u2019\u2018\u02bc`-", "'''' ")


def fold(text: str) -> str:
    """A key under which spellings that differ in case, spacing or typography are the same."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(plain.translate(_SIMPLE).split()).strip(" .,;:!?¿¡…")


def without_accents(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))


@dataclass(frozen=True, slots=True)
class Language:
    """One language: its code, its English name, and the locale whose words are wanted."""

    code: str
    name: str
    locale: str


class LanguageTable:
    """Looks words up as languages. Built once, from CLDR's English names."""

    def __init__(self, names: dict[str, str], aliases: dict[str, str]) -> None:
        """names: CLDR code -> English name. aliases: other codes ("fra", "fre") -> CLDR code."""
        self._by_code = {
            code: Language(code.split("_")[0], name, code) for code, name in names.items()
        }
        self._aliases = {alias: code for alias, code in aliases.items() if code in self._by_code}
        self._by_name: dict[str, Language] = {}
        for code, name in names.items():
            for key in _keys(name):
                self._by_name.setdefault(key, self._by_code[code])
        for name, code in OTHER_NAMES.items():
            if code in self._by_code:
                self._by_name.setdefault(fold(name), self._by_code[code])

    def by_code(self, code: str) -> Language | None:
        """The language of a CLDR, ISO 639-1, 639-2 or 639-3 code; None when it is none."""
        lowered = code.lower()
        return self._by_code.get(self._aliases.get(lowered, lowered))

    def find(self, words: str, *, any_code: bool = False) -> Language | None:
        """The language that `words` name, or None.

        any_code: accept codes that are also English words ("it", "no") in lower case too; without
        it those count only in capitals.
        """
        named = self._by_name.get(fold(words))
        if named is not None:
            return named
        code = words.strip()
        if not (2 <= len(code) <= 3 and code.isascii() and code.isalpha()):
            return None
        if code.lower() in WORD_CODES and not (any_code or code.isupper()):
            return None
        return self.by_code(code)


def _keys(name: str) -> Iterable[str]:
    key = fold(name)
    return (key, without_accents(key))


def build_language_table() -> LanguageTable:
    """The table of all languages CLDR names in English (some 650)."""
    names: dict[str, str] = dict(localedata.load("en", merge_inherited=False)["languages"])
    aliases: dict[str, str] = dict(get_global("language_aliases"))
    return LanguageTable(names, aliases)
