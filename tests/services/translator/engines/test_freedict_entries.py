"""services.translator.engines.freedict_entries: the equivalents in an entry's text."""

from __future__ import annotations

import pytest

from services.translator.engines.freedict_entries import equivalents


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (
            'I.  <N> 1.  [gatunek]  pies, <masc> piesek\n 2.  (old) kundel\n  "dogs" - psy',
            ["pies", "piesek", "kundel"],
        ),
        ("1. chien\n2. clébard", ["chien", "clébard"]),
        ("[Am.] Bahnhof <masc>Bhf.,  /x/ , Station <fem>", ["Bahnhof", "Station"]),
        ("suck sth.\nsuck on sb.'s finger; praise sb.", ["suck", "suck on finger", "praise"]),
        (
            "I. <N> 1. pies\nIV.  <N Comp>light bulb /x/   żarówka\nV. <V Phras>put out   gasić",
            ["pies"],
        ),
        (
            "3.  a. jasno, dzień\n b.\n 4. in the light of (:in% the% light% of)\n - z punktu",
            ["jasno", "dzień"],
        ),
        ("Bank <fem> [fin.]\n Synonym: {lamp}\n see: {lamps}\n Note: money", ["Bank"]),
        ("house\u2010, one two three four five six, 3 houses, a", []),
    ],
)
def test_remarks_marks_and_other_headwords_are_no_equivalents(body: str, found: list[str]) -> None:
    assert equivalents(f"headword /x/\n{body}\n", glossed=False) == found


def test_in_a_glossed_dictionary_only_first_and_numbered_lines_count() -> None:
    entry = "roof\n1. atap\nthe cover of a house\n2. langit-langit 2.\ninside"
    assert equivalents(entry, glossed=True) == ["atap", "langit-langit"]
