"""One turn from request to stored answer.

Covers: the session around the loop, the turn's time budget, citations, ledger, timings and storing.
Does not cover: the loop itself (gateway.orchestrator) or HTTP (gateway.chat).

    RoleUnknown        there is no such role                404
    SessionError       see gateway.sessions.errors          404, 409
    StoreUnavailable   see gateway.database.failures        503
    ModelError         see gateway.seams                    422, 502, 503, 504
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import asdict, dataclass
from uuid import uuid4

from gateway.citations import assertions_of, cite, evidence_of
from gateway.context import with_message
from gateway.events import LoopEvent, TurnDone
from gateway.ledger import draw_up
from gateway.orchestrator import TurnLimits, run_turn
from gateway.retry import Retries
from gateway.roles import Roles
from gateway.schemas import ChatRequest, ChatResponse, RoleInfo, Timings
from gateway.seams import LanguageModel, Toolset
from gateway.sessions.place import Asked, Place
from gateway.sessions.places import Places
from gateway.settings import Settings
from services.chassis import remaining_ms
from services.contract import Turn

STORING_MS = 500.0
"""Kept of a request's deadline for checking and storing the answer."""


class RoleUnknown(Exception):
    """No role has this name: the request's, or the one that the session began with."""


@dataclass(frozen=True, slots=True)
class TurnBegun:
    id: str
    session_id: str | None
    role: str | None


Event = TurnBegun | LoopEvent | ChatResponse
"""What a turn reports, in this order; there is one of the first and one of the last."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Runs turns; one for the whole process."""

    settings: Settings
    model: LanguageModel
    toolset: Toolset
    places: Places
    roles: Roles

    async def run(self, request: ChatRequest, owner: str) -> AsyncGenerator[Event, None]:
        """Run one turn. The last item is the whole answer, which is stored by then.

        A turn whose request_id has been served already is not run again: what is stored is given.
        """
        self._role(request.role)
        if request.history is not None:
            begun = TurnBegun(uuid4().hex, None, request.role)
            async with aclosing(self._events(request, begun, request.history, 0.0)) as events:
                async for event in events:
                    yield event
            return
        async with self.places.hold(_asked(request, owner)) as place:
            if place.stored is not None:
                yield TurnBegun(place.stored.id, place.stored.session_id, place.stored.role)
            else:
                async with aclosing(self._in_session(request, place)) as events:
                    async for event in events:
                        yield event
        if place.stored is not None:
            yield place.stored

    async def _in_session(
        self, request: ChatRequest, place: Place
    ) -> AsyncGenerator[TurnBegun | LoopEvent, None]:
        """All but the answer, which is in `place.stored` when this ends."""
        begun = TurnBegun(place.asked.turn_id, place.session_id, request.role or place.role)
        events = self._events(request, begun, place.dialog, place.taken_s)
        async with aclosing(events):
            async for event in events:
                if isinstance(event, ChatResponse):
                    await self.places.store(place, event)
                else:
                    yield event

    async def _events(
        self, request: ChatRequest, begun: TurnBegun, dialog: Sequence[Turn], taken_s: float
    ) -> AsyncGenerator[Event, None]:
        since = time.monotonic() - taken_s
        role = self._role(begun.role)
        yield begun
        loop = run_turn(
            with_message(
                dialog,
                request.message,
                self.settings.max_context_turns,
                self.settings.max_context_chars,
            ),
            self.model,
            self.toolset,
            self._limits(request),
            role_turns=role.turns if role is not None else (),
            sampling=request.sampling,
            stream=request.stream,
        )
        answer: ChatResponse | None = None
        async with aclosing(loop) as events:
            async for event in events:
                if isinstance(event, TurnDone):
                    answer = _answer(request.message, begun, event, since)
                yield event
        assert answer is not None, "the loop ends with TurnDone or an exception"
        yield answer

    def _role(self, name: str | None) -> RoleInfo | None:
        if name is None:
            return None
        if name not in self.roles:
            raise RoleUnknown(name)
        return self.roles[name]

    def _limits(self, request: ChatRequest) -> TurnLimits:
        settings = self.settings
        left_ms = remaining_ms()
        budgets_ms = [
            float(settings.turn_budget_ms),
            *([float(request.deadline_ms)] if request.deadline_ms is not None else []),
            *([max(left_ms - STORING_MS, left_ms / 2)] if left_ms is not None else []),
        ]
        asked = request.max_rounds
        return TurnLimits(
            budget_s=min(budgets_ms) / 1000,
            answer_reserve_s=settings.answer_reserve_ms / 1000,
            max_rounds=settings.max_rounds if asked is None else asked,
            snippets_per_tool=settings.snippets_per_tool,
            max_snippet_chars=settings.max_snippet_chars,
            max_query_chars=settings.max_query_chars,
            max_response_chars=settings.max_response_chars,
            model_retries=Retries(settings.model_retries, settings.retry_base_ms / 1000),
        )


def _asked(request: ChatRequest, owner: str) -> Asked:
    return Asked(
        turn_id=uuid4().hex,
        owner=owner,
        message=request.message,
        role=request.role,
        session_id=request.session_id,
        request_id=request.request_id,
        new_session_id=uuid4().hex,
    )


def _answer(message: str, begun: TurnBegun, done: TurnDone, since: float) -> ChatResponse:
    evidence = evidence_of(done.rounds)
    assertions = assertions_of(evidence)
    citations = cite(done.response, evidence, assertions)
    ledger = draw_up(message, done.base, done.response, evidence, assertions)
    return ChatResponse(
        id=begun.id,
        session_id=begun.session_id,
        role=begun.role,
        response=done.response,
        base=done.base,
        rounds=done.rounds,
        citations=citations,
        ledger=ledger,
        stop_reason=done.stop_reason,
        finish_reason=done.finish_reason,
        usage=done.usage,
        timings=_timings(done, since),
    )


def _timings(done: TurnDone, since: float) -> Timings:
    total_ms = (time.monotonic() - since) * 1000
    stages = asdict(done.times)
    own_ms = max(0.0, total_ms - sum(stages.values()))
    shown = {**stages, "gateway_ms": own_ms, "total_ms": total_ms}
    return Timings(**{name: round(ms, 3) for name, ms in shown.items()})
