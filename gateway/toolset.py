"""All tools at once over HTTP: the toolset of gateway.seams.

Covers: concurrent calls, each with its tool's own deadline, and turning whatever happens into a
status. Does not cover: the order of snippets (gateway.orchestrator) or cleaning them
(gateway.snippets).

    ok           the tool answered; an empty list means that nothing is left or found
    unparsed     the tool says that the input is not for it
    timeout      no answer in time, or the tool cut its work at the deadline
    unavailable  no connection, or the tool says that it is not ready or too busy
    error        any other failure, or an answer that is not what the contract says
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from math import isfinite

import httpx
from pydantic import ValidationError

from gateway.endpoints import Endpoint
from gateway.schemas import ToolReport, ToolStatus
from gateway.upstream import Answer, Nonsense, TooSlow, Unreachable, UpstreamError, post_json
from services.contract import QueryRequest, QueryResponse

log = logging.getLogger(__name__)

UNAVAILABLE_STATUSES = (429, 503)
DEADLINE_STATUS = 504


class HttpToolset:
    def __init__(
        self, client: httpx.AsyncClient, endpoints: Sequence[Endpoint], max_bytes: int
    ) -> None:
        self._client = client
        self._endpoints = tuple(endpoints)
        self._max_bytes = max_bytes

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
                    min(endpoint.timeout_s, timeout_s),
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
        url = f"{endpoint.url}/v1/query"
        status: ToolStatus
        answer = QueryResponse(results=[], status="ok", sources=[])
        try:
            status, answer = _read(
                await post_json(
                    self._client, url, request, timeout_s=timeout_s, max_bytes=self._max_bytes
                )
            )
        except UpstreamError as error:
            status = _status_of(error)
            log.warning("tool failed", extra={"tool": endpoint.name, "reason": str(error)})
        return ToolReport(
            tool=endpoint.name,
            status=status,
            results=answer.results[: request.limit],
            sources=answer.sources[: request.limit],
            elapsed_ms=round((time.monotonic() - since) * 1000, 3),
        )


def _read(answer: Answer) -> tuple[ToolStatus, QueryResponse]:
    if answer.status == DEADLINE_STATUS:
        raise TooSlow("it cut its work at the deadline")
    if answer.status in UNAVAILABLE_STATUSES:
        raise Unreachable(f"it answered {answer.status}")
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
