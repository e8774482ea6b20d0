"""A query as the search reads it: its words as compared, as spelled, and where each stands."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from services.retrieval.analysis.words import STOP_WORDS, spelled, stem

# A text of more clauses is no question about a fact with something beside it.
MAX_CLAUSES = 5
LEAST_EXPLAINING = 3
"""Words that a clause has at least when it explains, and does not name."""

_ARTICLES = frozenset({"a", "an", "the"})
_CLAUSE = re.compile(r"[,;:!?()\u2026]|\.(?=\s|\.)|\s[-\u2013\u2014]+\s")
_CAPITALISED = re.compile(r"(?<![.?!\s])\s+['\"(]?([A-Z][^\W_]*)")


@dataclass(frozen=True, slots=True)
class Query:
    text: str
    words: tuple[str, ...]
    """As analysis/words.py compares them."""
    spelled: tuple[str, ...]
    """The same, before plurals are taken off."""
    capitals: frozenset[str]
    """Words with a capital that no sentence's beginning explains; none in a text of capitals."""

    def piece(self, mentioned: Collection[str], places: Sequence[int]) -> tuple[int, int] | None:
        """First and last place of all the words mentioned, in one piece but for stop words
        and what is not among the places: "Booker Prize winner 2009"."""
        start, end, found = -1, -1, set[str]()
        for place in range(len(self.words)):
            word = self.words[place]
            if word in mentioned and place in places:
                if word in found and len(mentioned) == 1:
                    continue
                if not found:
                    start = place
                found.add(word)
                end = place
                if len(found) == len(mentioned):
                    return start, end
            elif found and place in places and word not in STOP_WORDS:
                found = set()
        return None

    def spells(
        self, mentioned: Collection[str], piece: tuple[int, int], names: Collection[str]
    ) -> bool:
        """Whether the words are the name's own, but for an s more; in a longer piece, or less."""
        for place in range(piece[0], piece[1] + 1):
            word = self.spelled[place]
            if self.words[place] not in mentioned or word in names:
                continue
            if word.endswith("s") and word[:-1] in names:
                continue
            if len(mentioned) == 1:
                return False
        return True

    def says(self, spellings: Collection[str]) -> bool:
        """Whether one of the names is there with all of its words, but for articles."""
        words = set(self.spelled)
        return any(words.issuperset(set(spelled(one)) - _ARTICLES) for one in spellings)

    def capital(self, piece: tuple[int, int]) -> bool:
        return any(word in self.capitals for word in self.spelled[piece[0] : piece[1] + 1])

    def with_word(self, place: int, word: str, *, words: int = 1) -> Query:
        """With another word in the place of one, or of several."""
        return read_query(" ".join([*self.spelled[:place], word, *self.spelled[place + words :]]))

    def replaced(self, forms: Mapping[str, Sequence[str]]) -> Query | None:
        """The query with words of the same meaning instead; None when it has none of them."""
        if forms.keys().isdisjoint(self.words):
            return None
        pairs = zip(self.words, self.spelled, strict=True)
        new = [word for term, spelling in pairs for word in forms.get(term, (spelling,))]
        return read_query(" ".join(new))

    def parts(self, asking: Collection[str]) -> Iterator[Query]:
        """The query without what a detour, a greeting or an explanation in it says: its last
        clauses, its first ones, its first and last together; and the last with what the first asks
        ("What year is Boléro... no wait, Finlandia from?"). asking: the words of questions.

        What a comma sets apart after the beginning is left out only when it is no mere name:
        "population of Paris, Peru" does not ask for Paris. Of two things asked for at once
        ("birthplace and birth date") one is.
        """
        clauses = [clause for clause in _CLAUSE.split(self.text) if clause.strip()][:MAX_CLAUSES]
        texts = [clause.strip() for clause in clauses]
        count = len(texts)
        kept = [texts[first:] for first in range(1, count)]
        kept += [
            texts[:last]
            for last in range(count - 1, 0, -1)
            if _explains(texts[last:]) or _asks_only(" ".join(texts[last:]), asking)
        ]
        if count > 2 and _explains(texts[1:-1]):
            kept.append([texts[0], texts[-1]])
        if count > 1:
            asked = " ".join(word for word in spelled(texts[0]) if stem(word) in asking)
            kept.append([asked, texts[-1]])
        first, joined, second = self.text.partition(" and ")
        if joined:
            kept += [[second], *([[first]] if _asks_only(second, asking) else ())]
        for some in kept:
            yield read_query(" ".join(some))


def _explains(texts: Sequence[str]) -> bool:
    return all(len(spelled(text)) >= LEAST_EXPLAINING for text in texts)


def _asks_only(text: str, asking: Collection[str]) -> bool:
    return all(stem(word) in asking for word in spelled(text))


def read_query(text: str) -> Query:
    words = spelled(text)
    shouted = text.upper() == text
    capitals = () if shouted else (spelled(word) for word in _CAPITALISED.findall(text))
    return Query(
        text,
        tuple(stem(word) for word in words),
        tuple(words),
        frozenset(word for parts in capitals for word in parts),
    )
