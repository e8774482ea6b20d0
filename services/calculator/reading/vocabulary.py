"""Finds the longest name of a unit or of a physical constant at one place of a text.

The names are those of services.calculator.units; here is only how far one reaches. Does not read
powers or quotients of units: the grammar does.
"""

# ruff: noqa: RUF001 - the signs of units are meant

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

_LETTERS = r"[A-Za-zµμΩΩÅÅåöłℓ]+"
# Pieces of one name are joined by a space, a hyphen or a point: fl. oz. Quotients (m/s, feet per
# second) are left to the grammar even where they have a name: m/s^2 is no square of m/s.
_UNIT_RUN = re.compile(
    rf"(?:[°º]{_LETTERS}|{_LETTERS}|''|[°º℃℉'\"’”′″$€£¥₩₪₹₽])"
    rf"(?:(?:\. |[ .-])[°º]?{_LETTERS}){{0,4}}\.?"
)
_NAME_RUN = re.compile(r"[A-Za-z][A-Za-z'’]*(?:[ -][A-Za-z][A-Za-z'’]*){0,6}")
_LAST_PIECE = re.compile(r"\.\Z|(?:[ -]|(?<=\.))[°º]?[^ .-]+\Z")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """find_unit, is_currency: as in units.names; constants: folded names to canonical ones."""

    find_unit: Callable[[str], str | None]
    is_currency: Callable[[str], bool]
    constants: Mapping[str, str]

    def unit_at(self, text: str, position: int) -> tuple[str, int] | None:
        """The canonical name of the unit written at `position`, and where its spelling ends."""
        run = _UNIT_RUN.match(text, position)
        words = run.group() if run else ""
        while words:
            # The unit that is spelled like the preposition; the lexer decides between them.
            found = "inch" if words in ("in", "In", "IN") else self.find_unit(words)
            if found is not None and " per " not in words:
                return found, position + len(words)
            words = _shortened(words)
        return None

    def constant_at(self, text: str, position: int) -> tuple[str, int] | None:
        """The canonical name of the physical constant named at `position`, and where it ends."""
        run = _NAME_RUN.match(text, position)
        words = run.group() if run else ""
        while words:
            found = self.constants.get(words.lower())
            if found is not None:
                return found, position + len(words)
            words = _shortened(words)
        return None


def _shortened(words: str) -> str:
    last = _LAST_PIECE.search(words)
    return words[: last.start()] if last else ""


@cache
def vocabulary() -> Vocabulary:
    """The calculator's own. Loads the registry of units: for the worker, not for the service."""
    from services.calculator.units import constants, names  # noqa: PLC0415 - see the docstring

    return Vocabulary(names.find_unit, names.is_currency, constants.spellings())
