"""The gateway's settings, read from GROUNDLING_GATEWAY_<FIELD> variables.

Covers: limits, deadlines, and where the other processes and the sessions' database are. Does not
cover: which tools exist (their manifests say so) nor their timeouts (in the manifests as well).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

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


def _origin(text: str) -> str:
    """As browsers send it (RFC 6454, section 6.2): with a slash at its end it would match none."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise ValueError(f"is not an origin: {error}") from error
    if text != "*" and (not url.host or text != f"{url.scheme}://{url.netloc.decode()}"):
        raise ValueError(
            'must be "*" or like https://chat.example.org: nothing after host and port'
        )
    return text


Origin = Annotated[str, AfterValidator(_origin)]


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
    turn_budget_ms: int = Field(default=30_000, gt=0)
    """Time for a turn, from when its session is free; a request's deadline_ms can shorten it."""
    answer_reserve_ms: int = Field(default=4_000, ge=0)
    """Kept of the budget for a last, forced answer (at most a quarter of a turn's budget): queries
    and tools are cut when only this is left. The draft is not, since an answer needs one."""
    default_deadline_ms: int = Field(default=45_000, gt=0)
    """The whole request, waiting for the session and storing included; longer than the turn's
    budget."""
    max_choices: int = Field(default=4, ge=1, le=16)
    """Most answers (`n`) to one request of an OpenAI client; each is a turn of its own."""
    max_pending_events: int = Field(default=1_000, gt=0)
    """Events of a streamed turn kept for a client that reads slowly; beyond them the turn waits."""

    model_retries: int = Field(default=2, ge=0, le=10)
    """Calls of the model server that are made again when it could not be reached or was not ready,
    and nothing of its answer has been passed on."""
    tool_retries: int = Field(default=1, ge=0, le=10)
    """The same for a tool, when it could not be reached."""
    retry_base_ms: int = Field(default=100, gt=0)
    """First wait before a retry at most; doubled for each further one, and drawn at random (full
    jitter). A Retry-After is waited for instead, where the turn's time allows it."""
    breaker_failures: int = Field(default=5, ge=1)
    """Failures of a tool in a row (unavailable, timeout, error) after which it is not asked."""
    breaker_open_ms: int = Field(default=10_000, gt=0)
    """How long it is not asked, and reported `unavailable`; then one query at a time tries it."""

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
    then the newest snippets (gateway.research)."""

    database_url: str | None = None
    """postgresql://user:password@host:5432/database or sqlite:////path/to/file.db; see
    gateway.database.url. None: sessions.db in data_dir."""
    data_dir: Path = Path("gateway-data")
    """The gateway's own data. From the environment: see `settings_from`."""
    max_session_turns: int = Field(default=1_000, gt=0)
    """A longer session takes no further turn."""
    max_session_bytes: int = Field(default=16_777_216, gt=0)
    """All turns of a session as stored, default 16 MiB; beyond it takes no further turn."""
    max_sessions: int = Field(default=1_000_000, gt=0)
    """Sessions of one caller (an API key, or this machine); with so many no new one begins."""
    session_ttl_days: float = Field(default=0.0, ge=0)
    """Sessions unused for so many days are deleted; 0: none ever is."""
    session_sweep_ms: int = Field(default=600_000, gt=0)
    """How often expired sessions are looked for."""
    session_wait_ms: int = Field(default=10_000, ge=0)
    """How long a turn waits for an earlier turn of its session, in this or another gateway."""
    session_lease_ms: int = Field(default=10_000, ge=1_000)
    """How long a session stays taken after the gateway that runs its turn has died; a living one
    renews it."""
    database_timeout_ms: int = Field(default=5_000, gt=0)
    """How long one transaction may take, waiting for a locked database or a connection included."""
    database_connections: int = Field(default=10, ge=1)
    """Connections to the database at most."""

    roles_dir: Path | None = None
    """Folder of your own roles, *.toml; they win over the built-in ones of the same name.
    None: `roles` in data_dir, if there is one."""

    host: str = "127.0.0.1"
    """The address the gateway listens on, as `groundling up` tells it. Anything but loopback needs
    an API key to exist."""
    require_key: Literal["auto", "always", "never"] = "auto"
    """auto: every request needs an API key but those that come from this machine to a name of this
    machine (localhost, 127.0.0.1, [::1]), through no proxy and from no other site's page. never:
    anyone who reaches the port may do everything."""
    key_cache_ms: int = Field(default=2_000, ge=0)
    """How long a key is taken for what it last was: a revoked one works on for so long."""
    key_turns_per_minute: int = Field(default=60, ge=1)
    """Turns a minute of one key without a limit of its own; as many may come at once."""
    key_concurrent_turns: int = Field(default=4, ge=1)
    """Turns at once of one key without a limit of its own."""
    cors_origins: tuple[Origin, ...] = ()
    """Origins whose pages may call the gateway, as a JSON list: ["https://chat.example.org"].
    ["*"]: those of every page, which then need no more than a key. Default: none but its own."""

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
    def max_answer_chars(self) -> int:
        """A longer turn of the assistant's in a request is refused: clients send answers back."""
        return max(self.max_message_chars, self.max_response_chars)

    @property
    def sessions_url(self) -> str:
        if self.database_url is not None:
            return self.database_url
        return f"sqlite:///{self.data_dir / 'sessions.db'}"


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Read the settings; data_dir is by default `gateway` in the folder of all services' data."""
    own = f"{PREFIX}DATA_DIR"
    return load_settings(Settings, PREFIX, {own: str(data_dir(environ) / "gateway"), **environ})
