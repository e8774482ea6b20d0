"""The bodies of the LibreTranslate-compatible paths, and reading requests as JSON or as a form.

Covers: field names, types and messages as LibreTranslate has them; unknown fields are ignored, as
it ignores them. Does not cover: multipart forms, and parameters in the address, where a key would
end up in the logs of proxies.
"""

from __future__ import annotations

import json
from typing import Any, Literal, TypeVar
from urllib.parse import parse_qsl

from fastapi import Request
from pydantic import BaseModel, Field, SecretStr, ValidationError

from services.contract import Text
from services.translator.api.refusal import Refusal

MAX_FORM_FIELDS = 200
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"


class DetectCall(BaseModel):
    """`POST /detect`."""

    q: Text = Field(description="The text whose language is asked for.")
    api_key: SecretStr | None = None


class TranslateCall(BaseModel):
    """`POST /translate`."""

    q: Text | list[Text] = Field(description="A text, or a list of texts.")
    source: str = Field(description='The language it is in, by its code, or "auto".')
    target: str = Field(description="The language wanted, by its code.")
    format: Literal["text", "html"] = "text"
    alternatives: int = Field(default=0, ge=0, description="Most other translations to give.")
    api_key: SecretStr | None = None


class DetectedLanguage(BaseModel):
    confidence: float = Field(description="0 to 100.")
    language: str


class TranslateAnswer(BaseModel):
    """Lists where q was a list; detectedLanguage where source was "auto"."""

    translatedText: str | list[str]
    detectedLanguage: DetectedLanguage | list[DetectedLanguage] | None = None
    alternatives: list[str] | list[list[str]] | None = None


class ListedLanguage(BaseModel):
    """One of `GET /languages`: a language that texts can be translated from."""

    code: str
    name: str
    targets: list[str]
    engines: dict[str, list[str]] = Field(
        description="Ours: of each target, the engines that are asked, best first."
    )
    installable: dict[str, str] = Field(
        description="Ours: of targets that have no engine yet or only a worse one, how to get one."
    )


class ErrorAnswer(BaseModel):
    error: str


C = TypeVar("C", DetectCall, TranslateCall)


async def read_call(request: Request, kind: type[C]) -> C:
    """The request's body as a call; Refusal(400), in LibreTranslate's words, when it is none."""
    media_type = request.headers.get("content-type", FORM_TYPE).partition(";")[0].strip().lower()
    body = await request.body()
    if media_type == JSON_TYPE:
        fields = _json_fields(body)
    elif media_type == FORM_TYPE:
        fields = _form_fields(body)
    else:
        raise Refusal(400, f"Invalid request: the body must be {JSON_TYPE} or {FORM_TYPE}")
    # To LibreTranslate an empty field is a missing one.
    given = {name: value for name, value in fields.items() if value not in (None, "", [])}
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        raise Refusal(400, f"Invalid request: {_problem(error)}") from None


def openapi_body(kind: type[BaseModel]) -> dict[str, Any]:
    """What FastAPI is told of a body that it does not read itself."""
    schema = kind.model_json_schema()
    content = {media_type: {"schema": schema} for media_type in (JSON_TYPE, FORM_TYPE)}
    return {"requestBody": {"required": True, "content": content}}


def _json_fields(body: bytes) -> dict[str, Any]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal(400, "Invalid request: the body is not JSON") from None
    if not isinstance(fields, dict):
        raise Refusal(400, "Invalid request: the body must be a JSON object")
    return fields


def _form_fields(body: bytes) -> dict[str, Any]:
    try:
        pairs = parse_qsl(
            body.decode(),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FORM_FIELDS,
        )
    except ValueError:  # UnicodeDecodeError among them
        raise Refusal(400, "Invalid request: the body is not a form of UTF-8 text") from None
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name == "q" and name in fields:
            before = fields[name]
            fields[name] = [*before, value] if isinstance(before, list) else [before, value]
        else:
            fields.setdefault(name, value)
    return fields


_MESSAGES: dict[str, str] = {
    "q": "q parameter must be a text or a list of texts",
    "format": "format parameter must be text or html",
    "alternatives": "alternatives parameter is not a number, or is negative",
}


def _problem(error: ValidationError) -> str:
    """One line on the first thing wrong; never the value that was given."""
    problems = error.errors(include_url=False, include_input=False)
    for problem in problems:
        if problem["type"] == "value_error":  # a character that texts may not have
            return f"{problem['loc'][0]} parameter {problem['msg'].removeprefix('Value error, ')}"
    field = str(problems[0]["loc"][0])
    if problems[0]["type"] == "missing":
        return f"missing {field} parameter"
    return _MESSAGES.get(field, f"{field} parameter must be a text")
