"""The gateway's settings, read from GROUNDLING_GATEWAY_<FIELD> variables.

Covers: limits, deadlines, and where the other processes and the sessions' database are. Does not
cover: which tools exist (their manifests say so) nor their timeouts (in the manifests as well).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

import httpx
from pydantic import AfterValidator, Field, model_validator

from gateway.schemas import MAX_ROUNDS
from services.chassis import ServiceSettings, data_dir, load_settings
from services.contract import MAX_LIMIT

PREFIX = "GROUNDLING_GATEWAY_"


def _base_url(text: str) -> str:
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ValueError(f"is not a URL: {error}") from error
    if url.scheme not in ("http", "https") or not url.host or url.query or url.fragment:
        raise ValueError("must be http:// or https://, a host, and at most a port and a path")
    return text.rstrip("/")


BaseUrl = Annotated[str, AfterValidator(_base_url)]
"""Where another process is; paths like /v1/query are put after it."""


class Settings(ServiceSettings):
    """Every limit has its default here and its meaning beside it."""

    model_url: BaseUrl = "http://127.0.0.1:8200"
    """The model server (or its scripted stand-in)."""
    tool_urls: dict[str, BaseUrl] | None = None
    """JSON object, tool name to base URL; a tool it leaves out is not asked. None: all tools, each
    at 127.0.0.1 and its manifest's port."""
    tools_dir: Path | None = None
    """Folder of tool folders with a tool.toml each. None: the services package's own."""

    max_body_bytes: int = Field(default=1_048_576, gt=0)
    """Largest request body, default 1 MiB: 200 turns of history, each as long as a message may be,
    fit where a character takes one byte."""
    max_rounds: int = Field(default=4, ge=0, le=MAX_ROUNDS)
    """Toolset rounds per turn, where the request names none."""
    turn_budget_ms: int = Field(default=60_000, gt=0)
    """Time for a turn. The default model takes about 15 s a turn on two slow cores."""
    answer_reserve_ms: int = Field(default=8_000, ge=0)
    """Kept of the budget for a last, forced answer (at most a quarter of a turn's budget): queries
    and tools are cut when only this is left. The draft is not, since an answer needs one."""
    default_deadline_ms: int = Field(default=75_000, gt=0)
    """The whole request, storing included; longer than the turn's budget."""

    snippets_per_tool: int = Field(default=3, ge=1, le=MAX_LIMIT)
    """Results asked of each tool per round."""
    max_snippet_chars: int = Field(default=300, ge=20)
    """A longer snippet, or title of its source, is cut before the model, or anyone, sees it."""
    max_message_chars: int = Field(default=4_000, gt=0)
    """A longer message is refused."""
    max_query_chars: int = Field(default=1_000, gt=0)
    """A longer query of the model is cut."""
    max_response_chars: int = Field(default=8_000, ge=20)
    """A longer draft or response of the model is cut."""
    max_upstream_bytes: int = Field(default=1_048_576, gt=0)
    """A longer body of a tool or of the model server is nonsense, and is not read to its end."""

    max_context_turns: int = Field(default=16, ge=1)
    """Latest turns (user's and assistant's each count one) given to the model with the message."""
    max_context_chars: int = Field(default=4_000, ge=1)
    """Characters of them and the message together; older turns are left out. In English these, a
    draft and four rounds of snippets fit the default model server's 8,192 tokens. Where they do
    not, as in scripts with more tokens per character, the loop leaves out more: the oldest turns,
    then the newest snippets (gateway.orchestrator)."""

    database_url: str | None = None
    """SQLAlchemy URL with an asynchronous driver. None: sessions.db in data_dir."""
    data_dir: Path = Path("gateway-data")
    """The gateway's own data. From the environment: see `settings_from`."""
    max_session_turns: int = Field(default=1_000, gt=0)
    """A longer session takes no further turn."""
    session_wait_ms: int = Field(default=30_000, ge=0)
    """How long a turn waits for an earlier turn of its session."""

    ready_timeout_ms: int = Field(default=2_000, gt=0)
    """How long /readyz waits for the database and for each other process."""
    heartbeat_ms: int = Field(default=10_000, gt=0)
    """A streamed turn sends a comment after this long without an event."""

    @model_validator(mode="after")
    def _deadline_outlasts_turn(self) -> Self:
        if self.default_deadline_ms <= self.turn_budget_ms:
            raise ValueError(
                f"default_deadline_ms ({self.default_deadline_ms}) must exceed turn_budget_ms "
                f"({self.turn_budget_ms})"
            )
        return self

    @property
    def sessions_url(self) -> str:
        if self.database_url is not None:
            return self.database_url
        return f"sqlite+aiosqlite:///{self.data_dir / 'sessions.db'}"


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Read the settings; data_dir is by default `gateway` in the folder of all services' data."""
    own = f"{PREFIX}DATA_DIR"
    return load_settings(Settings, PREFIX, {own: str(data_dir(environ) / "gateway"), **environ})
