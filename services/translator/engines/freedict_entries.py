"""What a FreeDict entry says: its equivalents, without remarks.

Covers: the forms of FreeDict's dictionaries as dictd shows them, among them WikDict's and the
Piotrowski-Saloni English-Polish one. Does not cover: looking entries up (dictd.py), ranking
equivalents (freedict.py).
"""

from __future__ import annotations

import re

MAX_EQUIVALENT_WORDS = 5
_REMARK = re.compile(r'\s*(?:"|-\s|[A-Z]?[a-z]+:\s|\()|.*%')
_NUMBER = re.compile(r"\s*(?:[IVX]+\.\s*)?(?:<[^>]*>\s*)?(\d+\.)?\s*")
_COMPOUND = re.compile(r"\s*(?:[IVX]+\.\s*)?<[^>]*\b(?:Comp|Phras)\b")  # of other headwords
_TAG = re.compile(r"<[^>]*>|\[[^\]]*\]|\{[^}]*\}|\([^)]*\)")
_ABBREVIATION = re.compile(r"(?<=\w )<[a-z, ]{1,20}>\w[^\s,;]*")  # "Bahnhof <masc>Bhf., /.../"
_NEXT_SENSE = re.compile(r"\s+\d+\.$")
_LETTER = re.compile(r"^[a-z]\.\s+")
# "suck sth.", "jdn. loben": what stands for any person or thing.
_ANYBODY = re.compile(r"(?:^|\s)(?:sth|sb|etw|jdm|jdn|jds|jd|so|qc|qn|qqc|qqn)\.(?:'s)?(?=\s|$)")
_NO_EQUIVALENT = re.compile(r"[/%=|~:\"_<>\[\](){}0-9]|\.\.|[-‐]$|^\w\.?$")  # noqa: RUF001


def equivalents(entry: str, *, glossed: bool) -> list[str]:
    """The equivalents an entry gives, in its order.

    glossed: the dictionary puts a definition after each line of equivalents (WikDict's do), so
    only the first line and numbered lines hold equivalents.
    """
    found: list[str] = []
    for position, line in enumerate(entry.split("\n")[1:]):
        number = _NUMBER.match(line)
        numbered = number is not None and number.group(1) is not None
        if not line.strip() or _REMARK.match(line) or _COMPOUND.match(line):
            continue
        if glossed and position > 0 and not numbered:
            continue
        body = _NEXT_SENSE.sub("", line[number.end() :] if number else line)
        for part in re.split(r"[,;]", _TAG.sub("", _ABBREVIATION.sub("", body))):
            word = _clean(part)
            if word and word not in found:
                found.append(word)
    return found


def _clean(part: str) -> str:
    """An equivalent without what is no part of it; "" when it is none."""
    word = _LETTER.sub("", " ".join(part.split()))
    word = " ".join(_ANYBODY.sub(" ", word).split()).rstrip("!")
    if not word or _NO_EQUIVALENT.search(word) or len(word.split()) > MAX_EQUIVALENT_WORDS:
        return ""
    return word
