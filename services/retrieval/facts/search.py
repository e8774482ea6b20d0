"""The search: what a query asks for, the facts that answer, ranked.

    forward.py   subject → facts;  when nothing is found and the query turns round,
    reverse.py   value → subject

Among the subjects that pass the test (matching.py) BM25 decides, raised by how well known each is:
of `Leopold Mozart` and `Wolfgang Amadeus Mozart`, BM25 prefers the shorter. Facts that score far
below the first are left out, and where nothing passes the test nothing is found.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from services.retrieval.analysis.words import fold, terms, without_stop_words
from services.retrieval.facts.attributes import AttributeTable
from services.retrieval.facts.compare import compare
from services.retrieval.facts.corpus import Corpus, Today
from services.retrieval.facts.entities import WELL_KNOWN, Aliases, read_aliases
from services.retrieval.facts.fact import Fact
from services.retrieval.facts.forward import Forward, Found
from services.retrieval.facts.matching import Matcher, Thresholds
from services.retrieval.facts.query import Query, read_query
from services.retrieval.facts.reverse import Reverse
from services.retrieval.facts.spelling import corrections, halves
from services.retrieval.facts.wording import load_attributes, read_everyday

# Of thousands of people born in one country only the best known are ranked.
MAX_SCORED = 500
# Ways to spell a query otherwise that are tried: a question with one slip has a handful.
MAX_RESPELLED = 16


@dataclass(frozen=True, slots=True)
class Options:
    """Limits of the search; settings.py documents each."""

    query_share: float = 0.35
    name_share: float = 0.55
    name_share_alone: float = 0.6
    keep_share: float = 0.6
    prominence_weight: float = 1.0
    max_results: int = 50
    max_words: int = 40
    reference: bool = False


class Search:
    def __init__(
        self,
        facts: Sequence[Fact],
        *,
        options: Options | None = None,
        table: AttributeTable | None = None,
        aliases: Aliases | None = None,
        today: Today = date.today,
    ) -> None:
        self._options = options = options or Options()
        table = table or load_attributes()
        aliases = read_aliases() if aliases is None else aliases
        self.corpus = Corpus(facts, table, aliases, today, reference=options.reference)
        weight = self.corpus.index.weight
        thresholds = Thresholds(options.query_share, options.name_share, options.name_share_alone)
        self._table = table
        matcher = Matcher(table, read_everyday(), weight, self.corpus.context, thresholds)
        self._forward = Forward(self.corpus, table, matcher)
        self._reverse = Reverse(self.corpus, table, weight, options.name_share)

    def search(self, text: str) -> list[str] | None:
        """Facts that answer, best first, as text; None when there is no word to look up."""
        query = read_query(text)
        if not any(character.isalpha() for character in text) or not query.words:
            return None
        if len(query.words) > self._options.max_words:
            return []
        if line := compare(text, self._table.comparisons, self._value):
            return [line]
        ids = self._answers(query)[: self._options.max_results]
        return [self.corpus.show(fact_id) for fact_id in ids]

    def _value(self, subject: str, attribute: str) -> tuple[str, str] | None:
        """What the best-ranked fact says, where it is of just this attribute."""
        found = self._forward_in(read_query(f"{subject} / {attribute}"))
        if not subject or not found:
            return None
        best = self.corpus.show(self._rank_subjects(read_query(subject), found)[0])
        name, shown, value = best.split(" / ", 2)
        return (name, value) if shown == attribute else None

    def _answers(self, query: Query) -> list[int]:
        """As the query stands; turned round; in other words; without what stands beside it."""
        found = self._forward_in(query)
        if found and not found[0].asked and (ids := self._rank_facts(query, turned_only=True)):
            # "films by Steven Spielberg" names him, and asks for something else.
            return ids
        if found:
            return self._rank_subjects(query, found)
        if self._table.is_statement(query.words):
            return []
        return self._rank_facts(query) or self._reworded(query) or self._corrected(query)

    def _reworded(self, query: Query) -> list[int]:
        other = query.replaced(self._table.forms)
        if other is not None and (ids := self._rank_facts(other)):
            return ids
        for attempt in self._attempts(query):
            found = [one for one in self._forward_in(attempt) if one.match.exact and one.asked]
            if found:
                return self._rank_subjects(attempt, found)
        return []

    def _corrected(self, query: Query) -> list[int]:
        """With one name spelled otherwise; nothing where that could be done in two ways."""
        ways: list[tuple[Query, list[Found]]] = []
        for attempt in islice(self._respelled(query), MAX_RESPELLED):
            found = [one for one in self._forward_in(attempt) if self._is_well_known(one)]
            if found:
                ways.append((attempt, found))
        subjects = {one.match.entity.subject for _, found in ways for one in found}
        return self._rank_subjects(*ways[0]) if len(subjects) == 1 else []

    def _respelled(self, query: Query) -> Iterator[Query]:
        entities = self.corpus.entities
        known = entities.well_known_words
        for place, word in enumerate(query.words):
            if word not in entities and word not in self._table.asides:
                for other in (*corrections(word, known), *halves(word, known)):
                    yield query.with_word(place, other)
            joined = "".join(query.words[place : place + 2])
            if joined in known and joined != word:
                yield query.with_word(place, joined, words=2)

    def _is_well_known(self, found: Found) -> bool:
        match = found.match
        return match.exact and found.asked and match.entity.prominence >= WELL_KNOWN

    def _attempts(self, query: Query) -> Iterator[Query]:
        for one in (query, *query.parts(self._table.vocabulary)):
            if one is not query:
                yield one
            if (other := one.replaced(self._table.forms)) is not None:
                yield other

    def _forward_in(self, query: Query) -> list[Found]:
        found = self._forward.find(query)
        if query.text.rstrip().endswith("!"):
            # Who asks does not shout a name: "Boo!" is no town.
            found = [one for one in found if one.asked]
        if self._table.is_statement(query.words):
            # "My Neighbor Totoro's director" opens as a statement does.
            return [one for one in found if query.spelled[0] in one.match.entity.words()]
        return found

    def _rank_subjects(self, query: Query, found: Sequence[Found]) -> list[int]:
        """Best subject first: its answers, what may follow them, then the other subjects'."""
        found = self._without_short_names(found)
        folded = f" {fold(query.text)} "
        literal = {one: _literal(one.match.entity.spellings, folded) for one in found}
        longest = max(literal.values())
        scored = sorted(
            ((self._score(one), one) for one in found if literal[one] == longest),
            key=lambda pair: pair[0],
            reverse=True,
        )
        best = scored[0][0]
        # In a tiny corpus BM25 can be 0 or negative: then no share of it tells far from near.
        least = self._options.keep_share * best if best > 0 else -math.inf
        first, *others = [one for score, one in scored if score >= least]
        ids = [*first.answers, *first.also]
        ids += [fact_id for one in others for fact_id in one.answers]
        return list(dict.fromkeys(ids))

    def _without_short_names(self, found: Sequence[Found]) -> Sequence[Found]:
        """ "Gold" is the element, and not the currency that goes by it for short."""
        if not any(one.match.own and one.match.entity.prominence >= WELL_KNOWN for one in found):
            return found
        short = self._table.naming.last_words
        return [one for one in found if one.match.own or one.match.entity.kind not in short]

    def _score(self, found: Found) -> float:
        attribute = found.reading.attribute
        # The subject's own words: an alias is not in the documents.
        words = [*sorted(found.match.named), *(terms(attribute.name) if attribute else ())]
        best = max(self.corpus.index.scores(words, found.answers))
        return self._raised(best, found.answers[0])

    def _rank_facts(self, query: Query, *, turned_only: bool = False) -> list[int]:
        facts = self.corpus.facts
        ids = sorted(
            self._reverse.find(query.words, turned_only=turned_only),
            key=lambda i: -facts[i].prominence,
        )
        ids = ids[:MAX_SCORED]
        scores = self.corpus.index.scores(without_stop_words(query.words), ids)
        by_id = {i: self._raised(score, i) for i, score in zip(ids, scores, strict=True)}
        return sorted(ids, key=lambda fact_id: -by_id[fact_id])

    def _raised(self, score: float, fact_id: int) -> float:
        """The score by how well known the fact's subject is; the order holds below 0 too."""
        standing = 1 + self._options.prominence_weight * self.corpus.facts[fact_id].prominence
        return score * standing if score > 0 else score / standing


def _literal(spellings: Iterable[str], folded_query: str) -> int:
    """Length of the longest spelling that the query has to the letter; 0 where it has none.

    Analysis makes `Alien` and `Aliens`, `The Road` and `On the Road` the same; the letters tell
    them apart again.
    """
    return max(
        len(spelling)
        if re.search(rf"(?<!\w){re.escape(fold(spelling))}(?!\w)", folded_query)
        else 0
        for spelling in spellings
    )
