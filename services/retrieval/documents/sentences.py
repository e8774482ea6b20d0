"""Where sentences end, by rules that hold for most languages.

Covers: full stops of Latin, Greek, Cyrillic, Arabic, Indic, CJK and Ethiopic writing; the stops of
abbreviations, initials, ordinals, decimals and quotations, which end no sentence; paragraphs (a
blank line), which always do. Does not cover: Thai, which writes no full stops, and doubtful cases
such as "in Washington D.C. The": two sentences stay one, which harms a passage less than half a
sentence would.
"""

from __future__ import annotations

import re

_CLOSERS = "\"'”’»›)\\]}」』）】》"  # noqa: RUF001  what may follow a full stop within its sentence
_STOPS = ".!?…։؟۔।॥።"  # noqa: RUF001
_BREAK = re.compile(
    rf"(?P<paragraph>\n\s*\n\s*)"
    rf"|(?P<wide>[。！？｡]+[{_CLOSERS}]*\s*)"  # noqa: RUF001
    rf"|(?P<stop>(?<![{_STOPS}])[{_STOPS}]++[{_CLOSERS}]*+)\s+"
)
_OPENERS = "([{\"'“‘«‹„"  # noqa: RUF001
_LOOK_BACK = 32

# Followed by a name or a number as a rule, so the stop is the abbreviation's own.
_FOLLOWED = """
    adm approx apr aug bros bzw ca capt cf cmdr col corp dec dept dipl dott dr dra ed eds eg
    est evtl ex feb fig figs fr ft gen ggf gov hon ibid ie ing insb inkl jan jul jun lic lt ltd maj
    max mgr min mio mlle mme mr mrs ms mt no nos nov nr obs oct op pag pp pres prof pt rep rev
    rr sen sep sept ser sgt sig sog sr sra st ste str tel trans univ usw vgl viz vol vols vs zit
    gest geb jh jhd bl bd hl hr fa abs av avda dña ej núm pág págs ud uds vd tzn np tj kap ul wg
"""
_ABBREVIATIONS = frozenset(_FOLLOWED.split())
_DOTTED = re.compile(r"(?:[^\W\d_]{1,3}\.)+[^\W\d_]{1,3}")  # e.g. i.e. z.B. U.S. J.R.R.
_ORDINAL = re.compile(r"\d{1,3}|[IVX]{1,6}")


def sentences(text: str) -> list[tuple[int, int]]:
    """Start and end of each, in order, without the space around; empty for a blank text."""
    found: list[tuple[int, int]] = []
    start = len(text) - len(text.lstrip())
    for match in _BREAK.finditer(text):
        if match["paragraph"] is not None:
            end = start + len(text[start : match.start()].rstrip())
        elif match["wide"] is not None:
            end = match.start() + len(match["wide"].rstrip())
        elif _ends(text, match):
            end = match.end("stop")
        else:
            continue
        if end > start:
            found.append((start, end))
        start = match.end()
    end = len(text.rstrip())
    if end > start:
        found.append((start, end))
    return found


def _ends(text: str, match: re.Match[str]) -> bool:
    """Whether a stop that a space follows ends the sentence."""
    if text.count("\n", match.end("stop"), match.end()) > 1:
        return True
    stop = match["stop"]
    if text[match.end() : match.end() + 1].islower():
        # "Really?" he asked. A stop of no Latin kind ends a sentence whatever follows.
        return stop[0] not in ".!?…"
    return stop != "." or not _has_own_stop(text, match.start())


def _has_own_stop(text: str, end: int) -> bool:
    """Whether the word before a full stop is one that is written with a stop."""
    before = text[max(0, end - _LOOK_BACK) : end].split()
    if not before or text[end - 1].isspace():
        return False
    word = before[-1].rpartition("/")[2].lstrip(_OPENERS)
    if len(word) == 1:
        return word.isalnum()
    if _ORDINAL.fullmatch(word) or _DOTTED.fullmatch(word):
        return True
    return word.casefold() in _ABBREVIATIONS
