"""A deterministic stand-in for the model server, run by `groundling up --scripted` and by tests.

Covers: /v1/base, /v1/research and /v1/info with the model server's bodies, by a few fixed rules on
the wording of messages. Every draft and every response begins with "[scripted]". It knows no facts:
what it answers is the first snippet, and what it asks is the message. Does not cover: /v1/score.
Loads no model and no torch.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncGenerator, Sequence
from typing import Literal

from fastapi import FastAPI, Response

from model_server.settings import PREFIX, Settings
from model_server.sse import STREAMS, Event, stream
from services.chassis import create_app, load_settings
from services.contract import (
    BaseRequest,
    BaseResponse,
    Candidate,
    Delta,
    InfoResponse,
    Missing,
    RecipientChosen,
    ResearchRequest,
    ResearchResponse,
    Usage,
)

SUMMARY = "A stand-in for the language model: fixed rules, no facts, and it says so"
MODEL = "scripted"
MARK = "[scripted]"
DRAFT = f"{MARK} This is a fixed draft; there is no language model here."
SMALL_TALK = f"{MARK} I am a stand-in without a language model. Ask me something the tools know."
NOTHING_FOUND = f"{MARK} I could not find that."

_QUESTION = re.compile(r"\?|^(?:who|what|when|where|which|how|translate)\b", re.IGNORECASE)
_SMALL_TALK_QUESTION = re.compile(r"\bhow are you\b|\bhow(?:'s| is) it going\b", re.IGNORECASE)
_SAY = re.compile(r"^how (?:do|would) (?:you|i) say (.+?) in ([\w ]+?)\W*$", re.IGNORECASE)
_IN_LANGUAGE = re.compile(r"^\W*[\w' ]+ (?:in|to|into) [A-Z]\w+\W*$")
_SUM = re.compile(r"[\d(][\d\s.,()]*(?:[-+*/^%\u00d7\u00f7][\d\s.,()]*\d[\d\s.,()]*)+")
MAX_READ_CHARS = 500
"""The rules look at no more of a message: their time grows with its square."""
_EDGES = " \t\r\n.,"
_QUOTES = "\"'\u2018\u2019\u201c\u201d"


def query_for(message: str) -> str | None:
    """The toolset query for a message: its sum, its phrase and language, or all of it.

    None when the message asks for nothing.
    """
    line = " ".join(message.split())[:MAX_READ_CHARS]
    if total := _SUM.search(line):
        return total[0].strip(_EDGES)
    if phrase := _SAY.match(line):
        return f"{phrase[1].strip(_QUOTES)} in {phrase[2]}"
    asks = _QUESTION.search(line) or _IN_LANGUAGE.match(line)
    return line if asks and not _SMALL_TALK_QUESTION.search(line) else None


def answer_from(snippets: Sequence[str]) -> str:
    """The first snippet's value: of `Subject / Attribute / Value` the value, else all of it."""
    if not snippets:
        return NOTHING_FOUND
    value = snippets[0].split(" / ", 2)[-1]
    return f"{MARK} {value}"


def research(request: ResearchRequest) -> ResearchResponse:
    query = query_for(request.context[-1].content)
    if request.steps:
        found = [snippet for step in request.steps for snippet in step.snippets]
        return _said("User", answer_from(found))
    if query is None:
        return _said("User", SMALL_TALK)
    return _said("User", NOTHING_FOUND) if request.force_user else _said("TS", query)


async def streamed(answer: BaseResponse | ResearchResponse) -> AsyncGenerator[Event, None]:
    """The events of an answer, a word at a time."""
    if isinstance(answer, ResearchResponse):
        yield RecipientChosen(recipient=answer.recipient)
        texts = [answer.text]
    else:
        texts = [candidate.text for candidate in answer.candidates]
    for index, text in enumerate(texts):
        for word in re.findall(r"\s*\S+", text):
            yield Delta(index=index, text=word)
    yield answer


def build(settings: Settings | None = None) -> FastAPI:
    """The app; it takes the model server's settings and minds only those every service has."""
    chosen = settings if settings is not None else load_settings(Settings, PREFIX, os.environ)
    app = create_app("model_server", chosen, summary=SUMMARY, readiness=_ready)

    @app.post("/v1/base", summary="A fixed draft", response_model=BaseResponse, responses=STREAMS)
    async def base(request: BaseRequest) -> BaseResponse | Response:
        candidates = [Candidate(text=DRAFT, scores=None)] * request.n
        answer = BaseResponse(
            response=DRAFT, candidates=candidates, usage=_usage(DRAFT), model=MODEL
        )
        return await stream(streamed(answer)) if request.stream else answer

    @app.post(
        "/v1/research",
        summary="The message as a query, or the first snippet's value",
        response_model=ResearchResponse,
        responses=STREAMS,
    )
    async def write_research(request: ResearchRequest) -> ResearchResponse | Response:
        answer = research(request)
        return await stream(streamed(answer)) if request.stream else answer

    @app.get("/v1/info", summary="What is running")
    async def info() -> InfoResponse:
        return InfoResponse(model=MODEL)

    return app


async def _ready() -> Sequence[Missing]:
    return []


def _said(recipient: Literal["TS", "User"], text: str) -> ResearchResponse:
    return ResearchResponse(recipient=recipient, text=text, usage=_usage(text), model=MODEL)


def _usage(text: str) -> Usage:
    """Words, since there are no tokens."""
    return Usage(prompt_tokens=0, completion_tokens=len(text.split()))
