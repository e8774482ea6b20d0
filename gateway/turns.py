"""One turn from request to stored answer.

Covers: the session around the loop, the turn's time budget, citations, ledger, timings and storing.
Does not cover: the loop itself (gateway.orchestrator) or HTTP (gateway.chat).

    RoleUnknown      there is no such role                        404
    SessionUnknown   the session_id names no stored session       404
    SessionBusy      an earlier turn of the session still runs    409
    SessionFull      the session has as many turns as allowed     409
    SessionChanged   somebody else wrote to it meanwhile          409
    ModelError       see gateway.seams                            422, 502, 503, 504
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import asdict, dataclass
from uuid import uuid4

from gateway.citations import cite, evidence_of
from gateway.context import dialog_of, with_message
from gateway.events import LoopEvent, TurnDone
from gateway.ledger import draw_up
from gateway.orchestrator import TurnLimits, run_turn
from gateway.roles import Roles
from gateway.schemas import ChatRequest, ChatResponse, RoleInfo, Timings
from gateway.seams import LanguageModel, Toolset
from gateway.session_locks import SessionLocks
from gateway.sessions import SessionStore, Tail
from gateway.settings import Settings
from services.chassis import remaining_ms
from services.contract import Turn

STORING_MS = 500.0
"""Kept of a request's deadline for checking and storing the answer."""


class RoleUnknown(Exception):
    pass


class SessionUnknown(Exception):
    pass


class SessionFull(Exception):
    pass


@dataclass(frozen=True, slots=True)
class TurnBegun:
    id: str
    session_id: str | None
    role: str | None


@dataclass(frozen=True, slots=True)
class Turns:
    """Runs turns; one for the whole process."""

    settings: Settings
    model: LanguageModel
    toolset: Toolset
    store: SessionStore
    locks: SessionLocks
    roles: Roles

    async def check(self, request: ChatRequest, owner: str) -> None:
        """Raise RoleUnknown, SessionUnknown or SessionFull, before anything is done."""
        self._role(request.role)
        if request.session_id is None:
            return
        await self._tail(request.session_id)

    async def run(
        self, request: ChatRequest, owner: str
    ) -> AsyncGenerator[TurnBegun | LoopEvent | ChatResponse, None]:
        """Run one turn. The last item is the whole answer, which is stored by then."""
        stored = request.history is None
        session_id = (request.session_id or uuid4().hex) if stored else None
        role = self._role(request.role)
        begun = TurnBegun(uuid4().hex, session_id, request.role)
        yield begun
        async with self._alone(session_id):
            since = time.monotonic()
            dialog, position = await self._dialog(request)
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
            if session_id is not None:
                await self.store.append(session_id, position, request.message, answer)
        yield answer

    async def delete(self, session_id: str) -> None:
        """Delete a session after the turn it may be in; raise SessionUnknown."""
        async with self._alone(session_id):
            if not await self.store.delete(session_id):
                raise SessionUnknown(session_id)

    @asynccontextmanager
    async def _alone(self, session_id: str | None) -> AsyncIterator[None]:
        if session_id is None:
            yield
            return
        async with self.locks.hold(session_id, self.settings.session_wait_ms / 1000):
            yield

    async def _dialog(self, request: ChatRequest) -> tuple[list[Turn], int]:
        """The dialog so far, and which turn of its session this one is, from 0."""
        if request.session_id is None:
            return list(request.history or []), 0
        tail = await self._tail(request.session_id)
        return dialog_of(tail.turns), tail.length

    async def _tail(self, session_id: str) -> Tail:
        latest = (self.settings.max_context_turns + 1) // 2
        tail = await self.store.tail(session_id, latest)
        if tail is None:
            raise SessionUnknown(session_id)
        if tail.length >= self.settings.max_session_turns:
            raise SessionFull(session_id)
        return tail

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
        )


def _answer(message: str, begun: TurnBegun, done: TurnDone, since: float) -> ChatResponse:
    evidence = evidence_of(done.rounds)
    citations = cite(done.response, evidence)
    ledger = draw_up(message, done.base, done.response, evidence)
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
