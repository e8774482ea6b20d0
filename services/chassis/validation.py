"""How a rejected request body reads: field path, what is wrong, the limit.

Of the input only a single short value is quoted, e.g. "(given: 51)": the answer goes to its sender,
and is not logged.

Covers: pydantic's error list -> one ErrorCode and one line.
Does not cover: the checks (services.contract) or the answer's body (services.chassis.errors).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.contract import ErrorCode

MAX_PROBLEMS = 5
MAX_PIECE_CHARS = 64
MAX_REASON_CHARS = 300


def describe_validation(problems: Sequence[Any]) -> tuple[ErrorCode, str]:
    """BAD_REQUEST when the body is not JSON at all; INVALID_REQUEST when a field is wrong."""
    for problem in problems:
        if problem["type"] == "json_invalid":
            reason = problem.get("ctx", {}).get("error", "syntax error")
            return (
                ErrorCode.BAD_REQUEST,
                f"body: is not JSON: {reason} at position {problem['loc'][-1]}",
            )
        # FastAPI hands over the bytes unparsed when the media type is not JSON.
        if tuple(problem["loc"]) == ("body",) and isinstance(problem.get("input"), bytes):
            return (
                ErrorCode.BAD_REQUEST,
                "body: must be JSON, sent with the header content-type: application/json",
            )
    lines = [f"{_path(problem['loc'])}: {_reason(problem)}" for problem in problems[:MAX_PROBLEMS]]
    if len(problems) > MAX_PROBLEMS:
        lines.append(f"and {len(problems) - MAX_PROBLEMS} more")
    return ErrorCode.INVALID_REQUEST, "; ".join(lines)


def printable(text: str) -> str:
    """The text with control characters and lone surrogates escaped: any client can show it."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def _path(location: Sequence[Any]) -> str:
    """("body", "context", 0, "role") -> "context.0.role"; other parts of a request are named."""
    where, *inside = (str(part) for part in location)
    dotted = _short(".".join(inside))
    if not inside:
        return where
    return dotted if where == "body" else f"{where} {dotted}"


def _reason(problem: Any) -> str:
    if problem["type"] == "missing":
        return "is missing"
    if problem["type"] == "extra_forbidden":
        return "is not a known field"
    reason = str(problem["msg"]).removeprefix("Value error, ")
    given = problem.get("input")
    if isinstance(given, (str, int, float, bool)) and problem["type"] != "value_error":
        reason += f" (given: {_short(repr(given))})"
    return reason[:MAX_REASON_CHARS]


def _short(text: str) -> str:
    return text if len(text) <= MAX_PIECE_CHARS else text[: MAX_PIECE_CHARS - 1] + "…"
