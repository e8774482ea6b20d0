"""What OpenAI's clients send to /v1/chat/completions: fields honoured, without effect, refused.

A field that OpenAI knows is honoured; or it is accepted without effect where nobody is misled, and
then named in the answer (`groundling.ignored`); or it is refused, but for the values that ask for
nothing. A field that OpenAI does not know is refused, as OpenAI refuses it, but for our own:
`role`, `max_rounds`, `deadline_ms`, `top_k`. docs/openai.md has the table.
Does not cover: what needs the settings or the roles (gateway.openai_api.translate).
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from gateway.schemas import MAX_ROUNDS, RoleName
from services.contract import Body, Text

NO_EFFECT = "Accepted without effect."
Ignored = Annotated[Any, Field(description=NO_EFFECT)]

_PART = {
    "type": "object",
    "properties": {"type": {"const": "text"}, "text": {"type": "string"}},
    "required": ["type", "text"],
}
_CONTENT = {"anyOf": [{"type": "string"}, {"type": "array", "items": _PART}, {"type": "null"}]}
_STOP = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}


def _refused(why: str, *harmless: Any) -> AfterValidator:
    """Refuse the field, saying why, unless it is null or one of the harmless values."""

    def check(value: Any) -> Any:
        if value is None or value in harmless:
            return value
        raise ValueError(f"is not supported: {why}; leave it out")

    return AfterValidator(check)


def _joined(content: Any) -> Any:
    """Text parts as one text, a line each; anything else is left to the field's own type."""
    if not isinstance(content, list):
        return content
    texts = []
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind != "text":
            shown = repr(kind)[:40] if isinstance(kind, str) else "none"
            raise ValueError(f"parts of type {shown} are not supported, only those of type 'text'")
        if not isinstance(part.get("text"), str):
            raise ValueError("a part of type 'text' needs its text, a string")
        texts.append(part["text"])
    return "\n".join(texts)


def _listed(stop: Any) -> Any:
    return [stop] if isinstance(stop, str) else stop


_OWN_TOOLS = "the gateway asks tools of its own, and shows what they said"
_NO_AUDIO = "text is all there is"


class Message(Body):
    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Annotated[Text | None, BeforeValidator(_joined), WithJsonSchema(_CONTENT)] = None
    name: Ignored = None
    # An answer of ours that is sent back has these two:
    refusal: Any = None
    annotations: Any = None
    tool_calls: Annotated[Any, _refused(_OWN_TOOLS, [])] = None
    tool_call_id: Annotated[Any, _refused(_OWN_TOOLS)] = None
    function_call: Annotated[Any, _refused(_OWN_TOOLS)] = None
    audio: Annotated[Any, _refused(_NO_AUDIO)] = None


class StreamOptions(Body):
    include_usage: bool | None = None
    include_obfuscation: Ignored = None


class CompletionRequest(Body):
    """`POST /v1/chat/completions`, in the order of docs/openai.md."""

    model: str
    messages: Annotated[list[Message], Field(min_length=1)]
    n: Annotated[int, Field(ge=1)] | None = None
    temperature: Annotated[float, Field(ge=0.0, le=2.0)] | None = None
    top_p: Annotated[float, Field(gt=0.0, le=1.0)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    stop: Annotated[
        Annotated[list[Annotated[Text, Field(min_length=1, max_length=100)]], Field(max_length=8)]
        | None,
        BeforeValidator(_listed),
        WithJsonSchema(_STOP),
    ] = None
    max_completion_tokens: Annotated[int, Field(ge=1)] | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    stream: Annotated[
        bool | None, Field(description="True: chunks as server-sent events, `[DONE]` last.")
    ] = None
    stream_options: StreamOptions | None = None

    top_k: Annotated[int, Field(ge=0)] | None = None
    role: RoleName | None = None
    max_rounds: Annotated[int, Field(ge=0, le=MAX_ROUNDS)] | None = None
    deadline_ms: Annotated[int, Field(ge=1)] | None = None

    metadata: Ignored = None
    parallel_tool_calls: Ignored = None
    prediction: Ignored = None
    prompt_cache_key: Ignored = None
    prompt_cache_options: Ignored = None
    prompt_cache_retention: Ignored = None
    reasoning_effort: Ignored = None
    safety_identifier: Ignored = None
    service_tier: Ignored = None
    store: Ignored = None
    user: Ignored = None
    verbosity: Ignored = None

    audio: Annotated[Any, _refused(_NO_AUDIO)] = None
    frequency_penalty: Annotated[Any, _refused("tokens are not penalised", 0)] = None
    function_call: Annotated[Any, _refused(_OWN_TOOLS, "none", "auto")] = None
    functions: Annotated[Any, _refused(_OWN_TOOLS, [])] = None
    logit_bias: Annotated[Any, _refused("single tokens cannot be weighted", {})] = None
    logprobs: Annotated[Any, _refused("log probabilities are not given", False)] = None
    modalities: Annotated[Any, _refused(_NO_AUDIO, ["text"])] = None
    moderation: Annotated[Any, _refused("nothing is moderated")] = None
    presence_penalty: Annotated[Any, _refused("tokens are not penalised", 0)] = None
    response_format: Annotated[
        Any, _refused("the model cannot be held to a format", {"type": "text"})
    ] = None
    tool_choice: Annotated[Any, _refused(_OWN_TOOLS, "none", "auto")] = None
    tools: Annotated[Any, _refused(_OWN_TOOLS, [])] = None
    top_logprobs: Annotated[Any, _refused("log probabilities are not given", 0)] = None
    web_search_options: Annotated[
        Any, _refused("the web is not searched, but the gateway's own documents and facts")
    ] = None


def ignored_fields(body: Body) -> list[str]:
    """The fields of this body that were given and have no effect."""
    return [
        name
        for name, field in type(body).model_fields.items()
        if field.description == NO_EFFECT and getattr(body, name) is not None
    ]


class Model(Body):
    """One of `GET /v1/models`."""

    id: str
    object: Literal["model"] = "model"
    created: int
    """Unix time in seconds: since when this gateway has had it."""
    owned_by: Literal["groundling"] = "groundling"


class ModelList(Body):
    object: Literal["list"] = "list"
    data: list[Model]
