"""Language codes as LibreTranslate and Argos packages write them.

Covers: their own codes for Traditional Chinese and Brazilian Portuguese, and choosing between
regional forms. Does not cover: ISO 639 and BCP 47 codes (reading/languages.py knows these).
"""

from __future__ import annotations

from services.translator.reading.languages import Language, LanguageTable

OWN_CODES = {"zt": "zh_Hant", "pb": "pt_BR"}
# Forms that differ in script are no stand-in for one another.
_SCRIPTS = {"zh": "zh_Hans", "zh_Hans": "zh_Hans", "zh_Hant": "zh_Hant"}


def language_of(code: str, languages: LanguageTable) -> Language | None:
    return languages.by_code(OWN_CODES.get(code.lower(), code))


def distance(asked: Language, offered: Language) -> int | None:
    """How far a regional form is from the one asked for, 0 to 2; None: another language."""
    if asked.code != offered.code:
        return None
    if asked.locale == offered.locale:
        return 0
    if _SCRIPTS.get(asked.locale) != _SCRIPTS.get(offered.locale):
        return None
    return 1 if asked.code in (asked.locale, offered.locale) else 2
