"""The Python client of a running gateway, blocking and asynchronous.

    from groundling.client import Client

    with Client() as client:
        answer = client.chat("How old is Rafael Nadal?")
        print(answer.response, answer.citations)
        print(client.chat("And how tall?", session_id=answer.session_id).response)

A turn as it happens; leaving the block before its end cancels it:

    from groundling.client import Client, QueryEvent, ResponseEvent

    with Client() as client, client.stream("How tall is the Burj Khalifa?") as steps:
        for step in steps:
            match step:
                case QueryEvent(query=query):
                    print("looks up", query)
                case ResponseEvent(delta=delta):
                    print(delta, end="", flush=True)

The same with asyncio; every method has the same name:

    from groundling.client import AsyncClient

    async with AsyncClient("https://chat.example.org", api_key="gl_…") as client:
        async with client.stream("What is 17% of 240?") as steps:
            async for step in steps:
                ...
        async for session in client.sessions():
            print(session.session_id, session.title)

Covers: turns, the toolset, roles, sessions. Does not cover: API keys (`groundling keys`) and the
services behind the gateway. Errors: groundling.client.errors draws the tree. docs/client.md.
"""

from gateway.schemas import (
    BaseEvent,
    ChatResponse,
    QueryEvent,
    ResponseEvent,
    RoleInfo,
    SessionExport,
    SessionInfo,
    SessionResponse,
    SnippetsEvent,
    ToolInfo,
    ToolsetResponse,
    TurnEvent,
    TurnStep,
)
from groundling.client.asynchronous import AsyncClient, AsyncTurnStream
from groundling.client.blocking import Client, TurnStream
from groundling.client.calls import TurnOptions
from groundling.client.connection import (
    API_KEY_VARIABLE,
    DEFAULT_TIMEOUT_S,
    DEFAULT_URL,
    check_address,
    checked_key,
)
from groundling.client.errors import BadAnswer, ClientError, GatewayError, NotRunning
from groundling.client.retries import Retries
from services.contract import Sampling, Turn

__all__ = [
    "API_KEY_VARIABLE",
    "DEFAULT_TIMEOUT_S",
    "DEFAULT_URL",
    "AsyncClient",
    "AsyncTurnStream",
    "BadAnswer",
    "BaseEvent",
    "ChatResponse",
    "Client",
    "ClientError",
    "GatewayError",
    "NotRunning",
    "QueryEvent",
    "ResponseEvent",
    "Retries",
    "RoleInfo",
    "Sampling",
    "SessionExport",
    "SessionInfo",
    "SessionResponse",
    "SnippetsEvent",
    "ToolInfo",
    "ToolsetResponse",
    "Turn",
    "TurnEvent",
    "TurnOptions",
    "TurnStep",
    "TurnStream",
    "check_address",
    "checked_key",
]
