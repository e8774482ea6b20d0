"""Names from CLDR, by Babel: one locale's own, as they stand in its file.

Not through `babel.Locale`: in Babel 2.18 it writes what it resolves into data that all of the
process shares, and other locales then answer with it.
"""

from __future__ import annotations

from collections.abc import Mapping


def own_data(locale: str, part: str) -> Mapping[str, str]:
    """E.g. part "languages": code → name; empty where Babel has no such locale."""
    from babel import localedata  # noqa: PLC0415 (only the build needs it)

    if not localedata.exists(locale):
        return {}
    data: Mapping[str, Mapping[str, str]] = localedata.load(locale, merge_inherited=False)
    return data.get(part, {})
