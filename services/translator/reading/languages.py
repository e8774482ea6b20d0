"""Looks words up as languages: names, codes and regional variants.

Covers: names in English ("French", "Brazilian Portuguese", "Spanish (Mexico)"), a language's name
for itself ("français"), names in another language ("Französisch", given its locale), ISO 639 codes
and BCP 47 tags ("fr", "fra", "pt-BR"); and the one code each language has inside this service:
CLDR's, which is ISO 639-1 where that exists and ISO 639-3 elsewhere. Does not cover: what any
engine can do with a language, or which words of a request name it (parse.py).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from babel import localedata
from babel.core import get_global

from services.translator.reading.names import (
    NO_LANGUAGES,
    OTHER_NAMES,
    PLACE_NAMES,
    REGIONS,
    SCRIPTS,
    WORD_CODES,
    WORD_NAMES,
)

ENGLISH_CODE = "en"
AUTONYMS = Path(__file__).parent / "autonyms.tsv"
MAX_NAME_CHARS = 60

# Right and left single quotation mark, modifier apostrophe and grave accent; the hyphen.
_SIMPLE = str.maketrans("\u2019\u2018\u02bc`-", "'''' ")
_TAG = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|[0-9]{3}))?")
_REGISTER = re.compile(r"^(?:formal|informal|colloquial|everyday|standard|polite) (?=[^(])")
_QUALIFIED = re.compile(r"([^(]+?) ?\(([^()]+)\)|(\S+) (?:from|of|as spoken in) (.+)")


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

    def __init__(
        self,
        names: Mapping[str, str],
        aliases: Mapping[str, str],
        autonyms: Mapping[str, str] | None = None,
        territories: Mapping[str, str] | None = None,
    ) -> None:
        """names: CLDR code -> English name. aliases: other codes ("fra", "fre") -> CLDR code.

        autonyms: CLDR code -> the language's name for itself. territories: CLDR code -> English
        name; what names one is no autonym ("Indonesia").
        """
        self._by_code = {
            code.lower(): Language(code.split("_")[0], name, code) for code, name in names.items()
        }
        self._aliases = {
            alias: code.lower() for alias, code in aliases.items() if code.lower() in self._by_code
        }
        self._territories = {fold(name): code for code, name in (territories or {}).items()}
        self._by_name: dict[str, Language] = {}
        self._by_name_in: dict[str, dict[str, Language]] = {}
        for code, name in names.items():
            self._learn(self._by_name, name, code)
        for name, code in OTHER_NAMES.items():
            self._learn(self._by_name, name, code)
        for code, name in (autonyms or {}).items():
            if fold(name) not in self._territories:
                self._learn(self._by_name, name, code)

    def by_code(self, code: str) -> Language | None:
        """The language of a CLDR, ISO 639-1, 639-2 or 639-3 code or a BCP 47 tag, or None.

        A tag whose region or script CLDR has no names for gives the language itself.
        """
        tag = _TAG.fullmatch(code)
        if tag is None:
            return None
        base = self._by_code.get(self._aliases.get(tag[1].lower(), tag[1].lower()))
        if base is None or (tag[2] is None and tag[3] is None):
            return base
        return self._variant(base, (tag[2] or "").title(), (tag[3] or "").upper())

    def find(self, words: str, *, any_code: bool = False) -> Language | None:
        """The language that `words` name in English or in that language, or by a code; or None.

        any_code: accept codes that are also English words ("it", "no") in lower case too; without
        it those count only in capitals.
        """
        code = words.strip()
        if len(code) > MAX_NAME_CHARS:
            return None
        key = fold(code).removeprefix("the ")
        name = _REGISTER.sub("", key.removesuffix(" language"))
        if name in PLACE_NAMES and name == key:
            return None
        if name in WORD_NAMES and not code[:1].isupper():
            return None
        found = self._named(name) or self._regional(name)
        if found is not None or not code.isascii():
            return found
        first = re.split("[-_]", code, maxsplit=1)[0]
        if first.lower() in WORD_CODES and not (any_code or code.isupper()):
            return None
        return self.by_code(code)

    def find_in(
        self, locale: str, words: str, endings: Iterable[tuple[str, str]] = ()
    ) -> Language | None:
        """The language that `words` name in the language of `locale`, or None.

        endings: (ending in a sentence, ending in CLDR), tried in turn: Polish "polsku" is "polski".
        """
        key = fold(words)
        if len(words) > MAX_NAME_CHARS or key in PLACE_NAMES or key in self._territories:
            return None
        names = self._names_in(locale)
        keys = (key.removesuffix(said) + listed for said, listed in endings if key.endswith(said))
        return next((names[one] for one in (key, *keys) if one in names), None)

    def _names_in(self, locale: str) -> dict[str, Language]:
        if locale not in self._by_name_in:
            index: dict[str, Language] = {}
            for code, name in localedata.load(locale, merge_inherited=False)["languages"].items():
                self._learn(index, name, code)
            self._by_name_in[locale] = index
        return self._by_name_in[locale]

    def _learn(self, index: dict[str, Language], name: str, code: str) -> None:
        language = self._by_code.get(code.lower())
        if language is not None:
            key = fold(name)
            index.setdefault(key, language)
            index.setdefault(without_accents(key), language)

    def _named(self, name: str) -> Language | None:
        return self._by_name.get(name) or self._by_name.get(without_accents(name))

    def _regional(self, name: str) -> Language | None:
        """ "argentinian spanish", "spanish (mexico)", "chinese (traditional)"."""
        qualified = _QUALIFIED.fullmatch(name)
        if qualified is not None:
            first, second = (part for part in qualified.groups() if part)
            base, region = self._by_name.get(first), self._territories.get(second)
            if base is not None and region is not None:
                return self._variant(base, "", region)
            swapped = f"{second} {first}"
            straight = f"{first} {second}"
            if base is not None and second in SCRIPTS:
                return base
            variant = self._named(second)
            if base is not None and variant is not None:  # "Kurdish (Sorani)"
                return variant
            return self._named(swapped) or self._named(straight) or self._regional(swapped)
        for words in (1, 2):
            adjective, rest = " ".join(name.split()[:words]), " ".join(name.split()[words:])
            base, region = self._by_name.get(rest), REGIONS.get(without_accents(adjective))
            if base is not None and region is not None:
                return self._variant(base, "", region)
        return None

    def _variant(self, base: Language, script: str, region: str) -> Language | None:
        """`base` as used in a region or script; None when CLDR knows no such region."""
        if region and region not in self._territories.values():
            return None
        known = get_global("likely_subtags")
        likely = str(known.get(f"{base.code}_{region}") or known.get(base.code, ""))
        script = script or next((part for part in likely.split("_") if len(part) == 4), "")
        for subtag in (region, script):
            variant = self._by_code.get(f"{base.code}_{subtag}".lower())
            if subtag and variant is not None:
                return variant
        return base


def read_autonyms(path: Path = AUTONYMS) -> dict[str, str]:
    """CLDR code -> the language's name for itself, from a tab-separated file."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return dict(line.split("\t") for line in lines[1:])


def build_language_table() -> LanguageTable:
    """The table of all languages CLDR names in English (some 650)."""
    english = localedata.load("en", merge_inherited=False)
    names = {code: name for code, name in english["languages"].items() if code not in NO_LANGUAGES}
    return LanguageTable(
        names, dict(get_global("language_aliases")), read_autonyms(), english["territories"]
    )
