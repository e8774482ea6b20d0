"""Stored sessions over HTTP: list, read, export, delete; each caller sees its own.

Covers: `GET /v1/sessions`, `GET|DELETE /v1/sessions/{session_id}` and `GET …/export`.
Does not cover: the turn (gateway.chat).
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from gateway.access.principal import owner_of
from gateway.database.failures import StoreUnavailable
from gateway.schemas import SessionExport, SessionResponse, SessionsResponse
from gateway.sessions.errors import SessionError
from gateway.sessions.places import Places
from gateway.sessions.store import BadCursor, SessionStore
from gateway.turn_errors import failure_of
from services.chassis import Failure
from services.contract import ErrorCode

MAX_LISTED = 100
_Id = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
_Limit = Annotated[int, Query(ge=1, le=MAX_LISTED)]
_After = Annotated[str | None, Query(max_length=200)]


def session_routes(store: SessionStore, places: Places) -> APIRouter:
    router = APIRouter(tags=["sessions"])

    @router.get("/v1/sessions", summary="Your stored dialogs, the one used last first")
    async def list_sessions(
        caller: Request, limit: _Limit = 50, after: _After = None
    ) -> SessionsResponse:
        try:
            return await store.list(owner_of(caller), limit, after)
        except BadCursor as error:
            message = "after: must be what an earlier list gave as `next`"
            raise Failure(ErrorCode.INVALID_REQUEST, message) from error
        except StoreUnavailable as error:
            raise failure_of(error) from error

    @router.get("/v1/sessions/{session_id}", summary="A stored dialog, oldest turn first")
    async def get_session(session_id: _Id, caller: Request) -> SessionResponse:
        try:
            return await store.read(session_id, owner_of(caller))
        except (SessionError, StoreUnavailable) as error:
            raise failure_of(error) from error

    @router.get(
        "/v1/sessions/{session_id}/export",
        summary="A stored dialog as a file to keep",
        response_model=SessionExport,
    )
    async def export_session(session_id: _Id, caller: Request) -> Response:
        try:
            export = await store.export(session_id, owner_of(caller))
        except (SessionError, StoreUnavailable) as error:
            raise failure_of(error) from error
        name = f'attachment; filename="groundling-{session_id}.json"'
        return Response(
            export.model_dump_json(indent=2),
            media_type="application/json",
            headers={"content-disposition": name, "cache-control": "no-store"},
        )

    @router.delete("/v1/sessions/{session_id}", status_code=204, summary="Delete a stored dialog")
    async def delete_session(session_id: _Id, caller: Request) -> None:
        try:
            await places.delete(session_id, owner_of(caller))
        except (SessionError, StoreUnavailable) as error:
            raise failure_of(error) from error

    return router
