"""The gateway's loop written with LangGraph: draft, research, tools, research … answer.

Measured by bench/gateway.py beside the gateway, on the same stubs and under the same server
(deploy.serve). Written as LangGraph's documentation writes such a graph: a state with a reducer,
a node per step, a conditional edge, a SQLite checkpointer keyed by thread; httpx for the calls,
FastAPI in front. It checks, cites, limits, logs and streams nothing, and it trusts every answer:
the gateway does more for its time.

Settings: LOOP_UPSTREAM_URL, LOOP_DATABASE, and LOOP_DURABILITY, which is LangGraph's `durability`:
"async" (its default: a checkpoint after each step) or "exit" (one at the end).
"""

from __future__ import annotations

import asyncio
import operator
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal, TypedDict

import httpx
from fastapi import FastAPI, Request
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import END, START, StateGraph
from pydantic import BaseModel

from bench.gateway_answers import TOOLS

MAX_ROUNDS = 4
MAX_TURNS = 16


class Ask(BaseModel):
    message: str
    session_id: str | None = None


class State(TypedDict):
    dialog: Annotated[list[dict[str, str]], operator.add]
    base: str
    steps: list[dict[str, Any]]
    recipient: str
    text: str


def build() -> FastAPI:
    upstream = os.environ["LOOP_UPSTREAM_URL"]
    durability = os.environ.get("LOOP_DURABILITY", "async")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with (
            httpx.AsyncClient(base_url=upstream, timeout=30, trust_env=False) as client,
            AsyncSqliteSaver.from_conn_string(os.environ["LOOP_DATABASE"]) as saver,
        ):
            app.state.graph = _graph(client).compile(checkpointer=saver)
            yield

    app = FastAPI(lifespan=lifespan)

    @app.get("/readyz")
    async def readyz() -> dict[str, bool]:
        return {"ready": True}

    @app.post("/v1/chat")
    async def chat(ask: Ask, request: Request) -> dict[str, Any]:
        session_id = ask.session_id or uuid.uuid4().hex
        known = {"thread_id": session_id, "turn": request.headers.get("x-request-id", "")}
        turn: dict[str, Any] = {"dialog": [{"role": "user", "content": ask.message}], "steps": []}
        state = await app.state.graph.ainvoke(turn, {"configurable": known}, durability=durability)
        return {
            "session_id": session_id,
            "response": state["text"],
            "base": state["base"],
            "rounds": state["steps"],
        }

    return app


def _graph(client: httpx.AsyncClient) -> StateGraph[State]:
    async def post(path: str, body: dict[str, Any], config: RunnableConfig) -> dict[str, Any]:
        headers = {"X-Request-ID": config["configurable"]["turn"]}
        answer = await client.post(path, json=body, headers=headers)
        answer.raise_for_status()
        said: dict[str, Any] = answer.json()
        return said

    async def draft(state: State, config: RunnableConfig) -> dict[str, Any]:
        body = {"context": state["dialog"][-MAX_TURNS:]}
        return {"base": (await post("/v1/base", body, config))["response"]}

    async def research(state: State, config: RunnableConfig) -> dict[str, Any]:
        body = {
            "context": state["dialog"][-MAX_TURNS:],
            "base": state["base"],
            "steps": [{k: step[k] for k in ("query", "snippets")} for step in state["steps"]],
            "force_user": len(state["steps"]) >= MAX_ROUNDS,
        }
        said = await post("/v1/research", body, config)
        return {"recipient": said["recipient"], "text": said["text"]}

    async def tools(state: State, config: RunnableConfig) -> dict[str, Any]:
        body = {"input": state["text"], "limit": 3}
        asked = (post(f"/{tool}/v1/query", body, config) for tool in TOOLS)
        answers = await asyncio.gather(*asked)
        snippets = [text for answer in answers for text in answer["results"]]
        step = {"query": state["text"], "snippets": snippets, "tools": answers}
        return {"steps": [*state["steps"], step]}

    async def answer(state: State) -> dict[str, Any]:
        return {"dialog": [{"role": "assistant", "content": state["text"]}]}

    def spoken_to(state: State) -> Literal["tools", "answer"]:
        return "tools" if state["recipient"] == "TS" else "answer"

    graph = StateGraph(State)
    graph.add_node("draft", draft)
    graph.add_node("research", research)
    graph.add_node("tools", tools)
    graph.add_node("answer", answer)
    graph.add_edge(START, "draft")
    graph.add_edge("draft", "research")
    graph.add_conditional_edges("research", spoken_to)
    graph.add_edge("tools", "research")
    graph.add_edge("answer", END)
    return graph
