"""Settings: a frozen model per service, read from environment variables given as an argument.

Covers: the settings every service has, `load_settings`, and the folder of all services' data.
Does not cover: files or command lines; a deployment passes environment variables only.

    SettingsError   unknown variable of the prefix, or a bad value: the service must not start
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Mapping, Sequence, Set
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretBytes,
    SecretStr,
    ValidationError,
    field_validator,
)

S = TypeVar("S", bound="ServiceSettings")

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FIXED_PREFIXES = ("GROUNDLING_GATEWAY_", "GROUNDLING_MODEL_SERVER_")


class SettingsError(Exception):
    """A variable is unknown or its value bad; the message names key, value and what is allowed."""


class ServiceSettings(BaseModel):
    """Settings every service has; each service subclasses it. Paths expand a leading ~."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)

    log_level: str = "INFO"
    """DEBUG, INFO (default), WARNING, ERROR or CRITICAL. User text shows at DEBUG only."""
    max_body_bytes: int = Field(default=65_536, gt=0)
    """Largest request body, default 64 KiB; a larger one answers 413."""
    max_input_chars: int = Field(default=2_000, gt=0)
    """Longest input of one tool query, default 2,000 characters; a longer one answers 422."""
    max_concurrent: int = Field(default=64, gt=0)
    """Requests worked on at once, default 64; one more answers 429 with Retry-After."""
    default_deadline_ms: int = Field(default=10_000, gt=0)
    """Time a request may take, default 10 s; X-Deadline-Ms can shorten it, never lengthen it."""

    @field_validator("log_level")
    @classmethod
    def _known_level(cls, value: str) -> str:
        if value.upper() not in LOG_LEVELS:
            raise ValueError(f"must be one of {', '.join(LOG_LEVELS)}")
        return value.upper()

    @field_validator("*", mode="after")
    @classmethod
    def _expand_home(cls, value: Any) -> Any:
        return value.expanduser() if isinstance(value, Path) else value


class ToolSettings(ServiceSettings):
    """Settings every tool has besides."""

    mcp_allowed_hosts: tuple[str, ...] = ()
    """Names besides localhost by which MCP clients may call a tool's /mcp, as a JSON list:
    ["tools.example.org"] at any port, ["tools.example.org:8443"] at one. ["*"] allows every name:
    only behind a proxy that checks the Host header. Default: none."""


def load_settings(kind: type[S], prefix: str, environ: Mapping[str, str]) -> S:
    """Read PREFIX_FIELD variables, e.g. GROUNDLING_CALCULATOR_LOG_LEVEL.

    Strings are converted to the field's type; lists, mappings and nested models are given as JSON.
    An unknown variable of the prefix, or a bad value, raises SettingsError.
    """
    keys = {prefix + name.upper(): name for name in kind.model_fields}
    raw: dict[str, Any] = {}
    for key, text in environ.items():
        if key in keys:
            raw[keys[key]] = _parse(kind, keys[key], key, text)
        elif key.startswith(prefix) and not _belongs_to_another(key, prefix):
            raise SettingsError(f"{key}: unknown setting; allowed are {', '.join(sorted(keys))}")
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise SettingsError(_explain(kind, prefix, environ, error)) from None


def data_dir(environ: Mapping[str, str]) -> Path:
    """GROUNDLING_DATA_DIR, else $XDG_DATA_HOME/groundling, else ~/.local/share/groundling.

    All parts find their data below it; the path is absolute, with a leading ~ expanded.
    """
    if named := environ.get("GROUNDLING_DATA_DIR"):
        folder = Path(named)
    else:
        folder = Path(environ.get("XDG_DATA_HOME") or "~/.local/share") / "groundling"
    return folder.expanduser().absolute()


def _belongs_to_another(key: str, prefix: str) -> bool:
    """Whether a longer prefix claims it: GROUNDLING_MODEL_SERVER_X is not GROUNDLING_MODEL_'s."""
    folders = Path(__file__).parent.parent.glob("*/tool.toml")
    tools = (f"GROUNDLING_{path.parent.name.upper()}_" for path in folders)
    return any(
        len(other) > len(prefix) and key.startswith(other) for other in (*FIXED_PREFIXES, *tools)
    )


def _parse(kind: type[ServiceSettings], field: str, key: str, text: str) -> Any:
    annotation = kind.model_fields[field].annotation
    if not _is_structured(annotation):
        return text
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SettingsError(
            f"{key}={_shown(kind, field, text)}: must be JSON for {_type_name(annotation)}: {error}"
        ) from None


def _is_structured(annotation: Any) -> bool:
    """Whether values of the type are written as JSON: containers and models, alone or optional."""
    origin = get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        members = get_args(annotation)
        return str not in members and any(_is_structured(member) for member in members)
    if origin is typing.Annotated:
        return _is_structured(get_args(annotation)[0])
    if origin is Literal:
        return False
    concrete = origin if origin is not None else annotation
    return (
        isinstance(concrete, type)
        and concrete not in (str, bytes)
        and issubclass(concrete, (Mapping, Sequence, Set, BaseModel))
    )


def _explain(
    kind: type[ServiceSettings], prefix: str, environ: Mapping[str, str], error: ValidationError
) -> str:
    lines = []
    for problem in error.errors(include_url=False, include_context=False):
        reason = problem["msg"].removeprefix("Value error, ")
        if not problem["loc"]:  # a rule over several fields
            lines.append(f"{prefix}*: {reason}")
            continue
        field, *inside = (str(part) for part in problem["loc"])
        key = prefix + field.upper()
        where = f" at {'.'.join(inside)}" if inside else ""
        if key in environ:
            lines.append(f"{key}={_shown(kind, field, environ[key])}{where}: {reason}")
        else:
            lines.append(f"{key} is not set{where}: {reason}")
    return "; ".join(lines)


def _shown(kind: type[ServiceSettings], field: str, text: str) -> str:
    annotation = kind.model_fields[field].annotation
    secrets = (SecretStr, SecretBytes)
    if annotation in secrets or any(member in secrets for member in get_args(annotation)):
        return "(secret)"
    return repr(text if len(text) <= 200 else text[:200] + "…")


def _type_name(annotation: Any) -> str:
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)
