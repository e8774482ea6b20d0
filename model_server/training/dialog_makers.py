"""The ways to make dialogs of several turns, with their shares, from what makes single ones."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from model_server.training.drafting import Draw
from model_server.training.examples import Example
from model_server.training.generate_dialogs import DialogExamples
from model_server.training.generate_facts import FactExamples
from model_server.training.generate_measures import MeasureExamples
from model_server.training.generate_more import MoreExamples, after_another
from model_server.training.generate_roles import RoleExamples
from model_server.training.generate_talk import TalkExamples
from model_server.training.generate_tools import ArithmeticExamples, TranslationExamples
from model_server.training.knowledge import read_wordings
from model_server.training.openings import Openings
from model_server.training.practice import PracticeExamples

Maker = Callable[[], Example]


@dataclass(frozen=True)
class DialogMakers:
    facts: FactExamples
    arithmetic: ArithmeticExamples
    measures: MeasureExamples
    translation: TranslationExamples
    chat: TalkExamples
    draw: Draw
    tables: dict[str, Any] = field(default_factory=lambda: read_wordings("dialogs.toml"))

    def shares(self) -> list[tuple[float, Maker]]:
        """The usual kinds."""
        facts, translation, draw = self.facts, self.translation, self.draw
        dialogs, more = self._dialogs(), self._more()
        roles = self._roles(dialogs)
        earlier = [translation.meaning, translation.meaning, self.measures.make, facts.direct]
        return [
            (0.28, dialogs.make),
            (0.19, roles.own_fact),
            (0.05, roles.aside),
            (0.03, roles.linked),
            (0.03, roles.helper),
            (0.01, roles.who),
            (0.03, more.sum),
            (0.04, more.translated),
            (0.03, lambda: after_another(draw, earlier, facts.direct)),
            (0.02, lambda: after_another(draw, earlier, translation.meaning)),
            (0.01, lambda: after_another(draw, earlier, self.measures.make)),
        ]

    def practised(self) -> list[tuple[float, Maker]]:
        """The kinds a run got wrong in use; their shares add up to 1."""
        dialogs = self._dialogs()
        roles, more = self._roles(dialogs), self._more()
        return PracticeExamples(dialogs, roles, more, self.tables, self.draw).shares()

    def _dialogs(self) -> DialogExamples:
        asides = [self.chat.pair, self.arithmetic.make, self.translation.make]
        return DialogExamples(Openings(self.facts, self.tables, self.draw), self.draw, asides)

    def _more(self) -> MoreExamples:
        return MoreExamples(self.tables, self.draw, self.arithmetic, self.translation)

    def _roles(self, dialogs: DialogExamples) -> RoleExamples:
        others = self._others(dialogs)
        return RoleExamples(self.facts, read_wordings("roles.toml"), self.draw, dialogs, others)

    def _others(self, dialogs: DialogExamples) -> dict[str, Maker]:
        """What else is asked in a role."""
        return {
            "fact": self.facts.direct,
            "followup": dialogs.make,
            "sum": self.arithmetic.make,
            "arithmetic": self.arithmetic.make,
            "measure": self.measures.make,
            "translation": self.translation.make,
            "meaning": self.translation.meaning,
            "talk": self.chat.pair,
        }
