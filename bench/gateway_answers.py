"""What the stubbed upstreams of bench/gateway.py say: fixed answers, ready to be written.

Covers: the bytes of a plain answer and the pieces of a streamed one, for each stage of a turn.
Does not cover: when they are written (bench/gateway_stubs.py).
"""

from __future__ import annotations

import json
from typing import Any

from services.chassis.sse import MEDIA_TYPE, frame
from services.contract import (
    BaseResponse,
    Body,
    Candidate,
    Delta,
    QueryResponse,
    RecipientChosen,
    ResearchResponse,
    Snippet,
    Source,
    Usage,
    query_response,
)

MESSAGE = "When was the Eiffel Tower built, and how tall is it today?"
DRAFT = "The Eiffel Tower was built in 1887 and it is about 300 metres tall, I believe."
QUERY = "Eiffel Tower, year of completion and height"
RESPONSE = "The Eiffel Tower was completed on 31 March 1889. With its antennas it is 330 m tall."
SNIPPETS: tuple[tuple[str, Source | None], ...] = (
    ("Eiffel Tower / Date of completion / 31 March 1889", None),
    ("Eiffel Tower / Height / 330 metres", None),
    (
        "The tower is 330 metres (1,083 ft) tall, about the same height as an 81-storey building, "
        "and the tallest structure in Paris. Its base is square, 125 metres on each side.",
        Source(title="Eiffel Tower", url="https://example.org/eiffel-tower", score=12.5),
    ),
)
USAGE = Usage(prompt_tokens=96, completion_tokens=24)
MODEL = "stub"

MODEL_STAGES = ("base", "query", "rewrite")
TOOLS = ("calculator", "translator", "retrieval")
STAGES = (*MODEL_STAGES, *TOOLS)


def _model_answer(stage: str) -> BaseResponse | ResearchResponse:
    if stage == "base":
        candidate = Candidate(text=DRAFT, scores=None)
        return BaseResponse(response=DRAFT, candidates=[candidate], usage=USAGE, model=MODEL)
    if stage == "query":
        return ResearchResponse(recipient="TS", text=QUERY, usage=USAGE, model=MODEL)
    return ResearchResponse(recipient="User", text=RESPONSE, usage=USAGE, model=MODEL)


def _tool_answer(tool: str) -> QueryResponse:
    if tool != "retrieval":
        return QueryResponse(results=[], status="unparsed", sources=[])
    return query_response([Snippet(*one) for one in SNIPPETS], "ok")


def json_response(body: bytes) -> bytes:
    head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
    return f"{head}{len(body)}\r\n\r\n".encode() + body


def plain(stage: str) -> bytes:
    """The whole response, head and body."""
    answer = _model_answer(stage) if stage in MODEL_STAGES else _tool_answer(stage)
    return json_response(answer.model_dump_json().encode())


def streamed(stage: str, deltas: int) -> list[bytes]:
    """The response in the pieces in which it is written: the text in so many deltas."""
    answer = _model_answer(stage)
    text = answer.response if isinstance(answer, BaseResponse) else answer.text
    width = -(-len(text) // deltas)
    events: list[tuple[str, Body]] = []
    if isinstance(answer, ResearchResponse):
        events.append(("recipient", RecipientChosen(recipient=answer.recipient)))
    for start in range(0, len(text), width):
        events.append(("delta", Delta(index=0, text=text[start : start + width])))
    events.append(("done", answer))
    chunks = [frame(name, data) for name, data in events]
    pieces = [b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks]
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {MEDIA_TYPE}\r\ntransfer-encoding: chunked\r\n\r\n"
    return [head.encode() + pieces[0], *pieces[1:-1], pieces[-1] + b"0\r\n\r\n"]


def chat_body(session_id: str | None = None, stream: bool = False) -> bytes:
    """A request for one turn."""
    body: dict[str, Any] = {"message": MESSAGE}
    if session_id is not None:
        body["session_id"] = session_id
    if stream:
        body["stream"] = True
    return json.dumps(body).encode()
