"""Every way a session can refuse or fail a turn.

    SessionError
    ├── SessionUnknown   no such session, or it is somebody else's          404
    ├── SessionFull      it has as many turns, or bytes, as allowed         409
    ├── SessionBusy      an earlier turn of it did not end in time          409, Retry-After
    ├── SessionChanged   somebody else wrote to or deleted it meanwhile     409
    ├── SessionBroken    a turn as it is stored cannot be read              409
    ├── TooManySessions  the caller may not begin another one               409
    ├── RequestRunning   the turn of this request_id is still running       409, Retry-After
    └── RequestReused    this request_id named another turn                 409
    StoreUnavailable     see gateway.database.failures                      503, Retry-After
    └── TurnNotStored    the turn ran, and could not be kept

The messages are for the client; they hold ids, never anybody's words.
"""

from __future__ import annotations

from gateway.database.failures import StoreUnavailable


class SessionError(Exception):
    """A turn or a request about a session cannot be served."""


class SessionUnknown(SessionError):
    def __init__(self, session_id: str) -> None:
        super().__init__(f"session_id: there is no session {session_id}")


class SessionFull(SessionError):
    def __init__(self, session_id: str, setting: str) -> None:
        super().__init__(
            f"session_id: session {session_id} is full (setting {setting}); begin a new one"
        )


class SessionBusy(SessionError):
    def __init__(self, session_id: str) -> None:
        super().__init__(f"session_id: an earlier turn of session {session_id} is still running")


class SessionChanged(SessionError):
    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"session_id: session {session_id} was changed or deleted while this turn ran;"
            " nothing of the turn is stored"
        )


class SessionBroken(SessionError):
    def __init__(self, session_id: str) -> None:
        super().__init__(
            f"session_id: a turn of session {session_id} as it is stored cannot be read;"
            " begin a new session"
        )


class TooManySessions(SessionError):
    def __init__(self, most: int) -> None:
        super().__init__(
            f"{most} sessions are stored, and no more are allowed (setting max_sessions):"
            " delete some, or continue one with session_id"
        )


class RequestRunning(SessionError):
    def __init__(self, request_id: str) -> None:
        super().__init__(f"request_id: the turn {request_id} is still running")


class RequestReused(SessionError):
    def __init__(self, request_id: str) -> None:
        super().__init__(
            f"request_id: {request_id} has named another turn, with another message or session;"
            " a new turn needs a new one"
        )


class TurnNotStored(StoreUnavailable):
    def __init__(self, why: StoreUnavailable) -> None:
        super().__init__(f"{why}; the turn could not be stored")
