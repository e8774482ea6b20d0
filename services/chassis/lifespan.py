"""A start that a service refuses itself: one clear message in place of a traceback.

Covers: StartRefused, raised in a service's lifespan before it serves. Does not cover: bad settings
(services.chassis.settings), or errors at start that nobody expected, which keep their traceback.

    StartRefused    the service must not start as it is set up
"""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class StartRefused(Exception):
    """The service must not start as it is set up; the message says why, and what to do."""


async def run_lifespan(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run the app's lifespan; a StartRefused is told to the server in its own words.

    The router reports a failed start with its traceback, which the server logs, and raises on.
    """
    failed: Message | None = None

    async def passing(message: Message) -> None:
        nonlocal failed
        if message["type"] == "lifespan.startup.failed":
            failed = message
        else:
            await send(message)

    try:
        await app(scope, receive, passing)
    except StartRefused as refused:
        await send({"type": "lifespan.startup.failed", "message": str(refused)})
    except BaseException:
        if failed is not None:
            await send(failed)
        raise
