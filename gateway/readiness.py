"""What the gateway lacks right now: it asks its database, and the other processes' /readyz.

Covers: the sessions' database and the model server, without which there is no turn, and the tools,
without which there is.
Everybody may ask /readyz, so those who ask at once share one look, which is good for FRESH_S.
Does not cover: waiting for them (deploy.stack).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import httpx

from gateway.endpoints import Endpoint
from gateway.sessions.store import SessionStore
from gateway.settings import PREFIX
from services.contract import Missing

FRESH_S = 0.5


class Shared:
    """A look at what is missing, taken at most once in FRESH_S however many ask for it."""

    def __init__(
        self,
        look: Callable[[], Awaitable[Sequence[Missing]]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._look = look
        self._clock = clock
        self._one = asyncio.Lock()
        self._seen: tuple[float, Sequence[Missing]] | None = None

    async def __call__(self) -> Sequence[Missing]:
        async with self._one:
            if self._seen is None or self._clock() >= self._seen[0] + FRESH_S:
                missing = await self._look()
                self._seen = (self._clock(), missing)
            return self._seen[1]


async def missing_parts(
    transport: httpx.AsyncBaseTransport,
    model_url: str,
    tools: Sequence[Endpoint],
    store: SessionStore,
    timeout_s: float,
) -> list[Missing]:
    """All that is not ready, asked at once."""
    parts = [("model_server", model_url, True), *((tool.name, tool.url, False) for tool in tools)]
    lack, *states = await asyncio.gather(
        store.lack(timeout_s), *(_state(transport, url, timeout_s) for _, url, _ in parts)
    )
    missing = [
        Missing(part=part, how=f"start {part} at {url}: {state}", required=required)
        for (part, url, required), state in zip(parts, states, strict=True)
        if state is not None
    ]
    if lack is not None:
        how = f"mend the database that {PREFIX}DATABASE_URL or DATA_DIR names: {lack}"
        missing.append(Missing(part="sessions database", how=how, required=True))
    return missing


async def _state(transport: httpx.AsyncBaseTransport, url: str, timeout_s: float) -> str | None:
    """None: ready. Else what is wrong."""
    try:
        async with asyncio.timeout(timeout_s):
            request = httpx.Request("GET", f"{url}/readyz")
            response = await transport.handle_async_request(request)
            await response.aclose()
    except TimeoutError:
        return f"no answer within {timeout_s:g} s"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"cannot be reached ({type(error).__name__})"
    return None if response.status_code == 200 else f"its /readyz answers {response.status_code}"
