"""All tools at once over HTTP: the toolset of gateway.seams.

Covers: concurrent calls, each with its tool's own deadline, retries within it, a breaker per tool,
and turning whatever happens into a status. Does not cover: the order of snippets (gateway.rounds)
or cleaning them (gateway.snippets).

    ok           the tool answered; an empty list means that nothing is left or found
    unparsed     the tool says that the input is not for it
    timeout      no answer in time, or the tool cut its work at the deadline
    unavailable  no connection, or the tool says that it is not ready or too busy, or its breaker
                 is open and it was not asked
    error        any other failure, or an answer that is not what the contract says
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from math import inf, isfinite

import httpx
from pydantic import ValidationError

from gateway.breaker import Breaker, BreakerLimits, Outcome
from gateway.endpoints import Endpoint
from gateway.retry import Retries
from gateway.schemas import ToolReport, ToolStatus
from gateway.upstream import (
    Answer,
    Deadline,
    Nonsense,
    TooSlow,
    Unreachable,
    UpstreamError,
    post_json,
)
from services.chassis import remaining_ms
from services.contract import QueryRequest, QueryResponse

log = logging.getLogger(__name__)

UNAVAILABLE_STATUSES = (429, 503)
DEADLINE_STATUS = 504
NO_ANSWER = QueryResponse(results=[], status="ok", sources=[])


class HttpToolset:
    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        endpoints: Sequence[Endpoint],
        max_bytes: int,
        retries: Retries,
        breaker_limits: BreakerLimits,
    ) -> None:
        self._transport = transport
        self._endpoints = tuple(endpoints)
        self._max_bytes = max_bytes
        self._retries = retries
        self._breakers = {one.name: Breaker(one.name, breaker_limits) for one in endpoints}

    @property
    def names(self) -> Sequence[str]:
        return [endpoint.name for endpoint in self._endpoints]

    async def query(
        self, text: str, skip: Mapping[str, int], limit: int, timeout_s: float
    ) -> AsyncGenerator[ToolReport, None]:
        """One report per tool as each finishes; closing the generator cancels the calls."""
        calls = [
            asyncio.create_task(
                self._ask(
                    endpoint,
                    QueryRequest(input=text, skip=skip.get(endpoint.name, 0), limit=limit),
                    timeout_s,
                )
            )
            for endpoint in self._endpoints
        ]
        try:
            for finished in asyncio.as_completed(calls):
                yield await finished
        finally:
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)

    async def _ask(self, endpoint: Endpoint, request: QueryRequest, timeout_s: float) -> ToolReport:
        since = time.monotonic()
        status: ToolStatus = "unavailable"
        answer = NO_ANSWER
        breaker = self._breakers[endpoint.name]
        permit = breaker.enter()
        if permit is not None:
            outcome: Outcome = "unknown"
            hurried = min(timeout_s, _left_s()) < endpoint.timeout_s
            try:
                status, answer = await self._call(endpoint, request, timeout_s)
                outcome = "success"
            except UpstreamError as error:
                status = _status_of(error)
                own = not isinstance(error, _Refused) and not (status == "timeout" and hurried)
                outcome = "failure" if own else "unknown"
                log.warning("tool failed", extra={"tool": endpoint.name, "reason": str(error)})
            finally:
                breaker.leave(permit, outcome)
        return ToolReport(
            tool=endpoint.name,
            status=status,
            results=answer.results[: request.limit],
            sources=answer.sources[: request.limit],
            elapsed_ms=round((time.monotonic() - since) * 1000, 3),
        )

    async def _call(
        self, endpoint: Endpoint, request: QueryRequest, timeout_s: float
    ) -> tuple[ToolStatus, QueryResponse]:
        """The tool's answer; all tries and the waits between them share its time."""
        deadline = Deadline.within(min(endpoint.timeout_s, timeout_s))
        tries = 0
        while True:
            try:
                return _read(
                    await post_json(
                        self._transport,
                        f"{endpoint.url}/v1/query",
                        request,
                        timeout_s=deadline.left_s(),
                        max_bytes=self._max_bytes,
                    )
                )
            except Unreachable as error:
                if not await self._retries.wait(tries, deadline.left_s(), error.retry_after_s):
                    raise
            tries += 1


class _Refused(Nonsense):
    """The tool says that the query is wrong: an error, but no sign that the tool is broken."""


def _left_s() -> float:
    """Of the request's own deadline."""
    left_ms = remaining_ms()
    return inf if left_ms is None else left_ms / 1000


def _read(answer: Answer) -> tuple[ToolStatus, QueryResponse]:
    if answer.status == DEADLINE_STATUS:
        raise TooSlow("it cut its work at the deadline")
    if answer.status in UNAVAILABLE_STATUSES:
        raise Unreachable(f"it answered {answer.status}", answer.retry_after_s)
    if 400 <= answer.status < 500:
        raise _Refused(f"it answered {answer.status}")
    if answer.status != 200:
        raise Nonsense(f"it answered {answer.status}")
    try:
        response = QueryResponse.model_validate_json(answer.body)
    except ValidationError as error:
        raise Nonsense(f"its answer breaks the contract in {error.error_count()} places") from error
    if response.status == "unparsed" and response.results:
        raise Nonsense("its answer has results and says unparsed")
    if any(source and not isfinite(source.score or 0.0) for source in response.sources):
        raise Nonsense("a score in its answer is not a number that JSON has")
    return response.status, response


def _status_of(error: UpstreamError) -> ToolStatus:
    if isinstance(error, TooSlow):
        return "timeout"
    return "unavailable" if isinstance(error, Unreachable) else "error"
