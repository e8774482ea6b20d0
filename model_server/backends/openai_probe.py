"""What a server can do, found out by asking it: its own answers, not its name or version.

ids           llama.cpp: /tokenize takes text and token ids mixed, and reads text as text only
log-probs     how many of the likeliest tokens it names, 0 when it names none
echo          whether the probabilities of a prompt's own tokens are right: llama-cpp-python's
              are those of the token before, so one that is known is compared
bias          llama.cpp: a token can be forced and its true probability is still told
plain         whether it takes the fields that turn other servers' own sampling defaults off
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from model_server.backends.openai_answer import Answer, Token, answered
from model_server.backends.openai_wire import Json, Wire, nonsense
from model_server.prompts import END, START
from services.chassis import Failure
from services.contract import ErrorCode

PLAIN: Json = {"min_p": 0.0, "repeat_penalty": 1.0, "repetition_penalty": 1.0}
"""Fields beyond OpenAI's that leave the model's distribution as it is. llama.cpp and
llama-cpp-python cut it at min_p 0.05 unless told, vLLM takes a model's repetition penalty."""

_TEXT = "one two three"
_FORCED_FROM = 1000.0
_SAME = 0.1  # two readings of one probability may differ by rounding and batching, in ln P


@dataclass(frozen=True, slots=True)
class Served:
    """What `GET /v1/models` lists."""

    model: str
    adapters: tuple[str, ...]
    context: int | None
    """Tokens; None when the server does not say."""


@dataclass(frozen=True, slots=True)
class Abilities:
    controls: dict[str, int] | None
    """Ids of the control tokens when prompts go as token ids; None: as text."""
    begin: tuple[int, ...]
    """Ids that every prompt begins with, as the model's vocabulary says (BOS)."""
    stop_ids: tuple[int, ...]
    top: int
    echo: bool
    bias: bool
    plain: bool


async def served(wire: Wire, wanted: str) -> Served:
    """The model to use: `wanted`, or the first listed. Failure(unavailable) when it is not there.

    An entry whose `parent` is another model is an adapter on it (vLLM).
    """
    listed = (await wire.get("/v1/models")).get("data")
    if not isinstance(listed, list) or not all(_named(one) for one in listed):
        raise nonsense("to /v1/models is not a list of models")
    by_name: dict[str, Json] = {one["id"]: one for one in listed}
    chosen = wanted or next(iter(by_name), "")
    if not chosen or chosen not in by_name:
        names = ", ".join(sorted(by_name)[:10]) or "none"
        message = f"backend_model: {wanted[:100]!r} is not served; served: {names}"
        raise Failure(ErrorCode.UNAVAILABLE, message)
    adapters = tuple(name for name, one in by_name.items() if one.get("parent") == chosen)
    entry = by_name[chosen]
    sizes = (entry.get("max_model_len"), (entry.get("meta") or {}).get("n_ctx"))
    return Served(chosen, adapters, next((n for n in sizes if isinstance(n, int)), None))


def _named(one: Any) -> bool:
    return isinstance(one, dict) and isinstance(one.get("id"), str)


async def abilities(wire: Wire, model: str) -> Abilities:
    """Ask for everything once; half a dozen short calls."""
    controls, begin, stop_ids = await _vocabulary(wire, model)
    top, plain, first = await _probabilities(wire, model)
    echo = first is not None and await _echo(wire, model, first)
    bias = controls is not None and first is not None and await _bias(wire, model, controls[END])
    return Abilities(controls, begin, stop_ids, top, echo, bias, plain)


async def _tokenized(wire: Wire, body: Json) -> list[int] | None:
    """Ids of POST /tokenize; None when this server has no such call or shape."""
    try:
        found = (await wire.post("/tokenize", body)).get("tokens")
    except Failure as failure:
        if failure.code is ErrorCode.OVERLOADED or failure.retry_after_s is not None:
            raise  # busy or loading: ask again later, do not conclude
        return None
    if isinstance(found, list) and all(isinstance(one, int) for one in found):
        return found
    return None


async def _vocabulary(
    wire: Wire, model: str
) -> tuple[dict[str, int] | None, tuple[int, ...], tuple[int, ...]]:
    """Controls, what prompts begin with, and ids that end an answer."""
    pair = await _tokenized(wire, {"content": START + END, "parse_special": True})
    if pair:
        if len(pair) != 2:
            raise Failure(ErrorCode.UNAVAILABLE, f"the served model has no control tokens {START}"
                          f" and {END}; one with a ChatML vocabulary is needed")  # fmt: skip
        start, end = pair
        mixed = {"content": [start, END], "add_special": False, "parse_special": False}
        ids = await _tokenized(wire, mixed)
        if ids and ids[0] == start and end not in ids:
            first = await _tokenized(wire, {"content": "", "add_special": True})
            return {START: start, END: end}, tuple(first or ())[:1], (end,)
    body = {"model": model, "prompt": END, "add_special_tokens": False}
    ids = await _tokenized(wire, body)
    return None, (), tuple(ids) if ids and len(ids) == 1 else ()


async def _probabilities(wire: Wire, model: str) -> tuple[int, bool, Token | None]:
    """How many likely tokens are named, whether PLAIN is taken, and a first token after _TEXT."""
    refused = Failure(ErrorCode.UNAVAILABLE, "the model server has no /v1/completions")
    for top, plain in ((20, True), (20, False), (5, False), (0, False)):
        body = {"model": model, "prompt": _TEXT, "max_tokens": 1, "temperature": 0.0}
        try:
            logprobs = {"logprobs": top} if top else {}
            answer = await answered(wire, {**body, **logprobs, **(PLAIN if plain else {})})
        except Failure as failure:
            if failure.code is not ErrorCode.UPSTREAM:
                raise
            refused = failure
            continue
        tokens = answer.tokens
        first = tokens[0] if tokens and tokens[0].log_probability is not None else None
        return min(top, len(first.top)) if first else 0, plain, first
    raise refused


async def _echo(wire: Wire, model: str, first: Token) -> bool:
    """Whether a prompt's last token is given the probability it had when it was written."""
    body = {"model": model, "prompt": _TEXT + first.text, "temperature": 0.0}
    try:
        answer = await answered(wire, {**body, "max_tokens": 1, "logprobs": 1, "echo": True})
        read = echoed_tokens(answer)
    except Failure:
        return False
    told = read[-1].log_probability if len(read) > 1 else None
    return told is not None and abs(told - (first.log_probability or 0.0)) < _SAME


def echoed_tokens(answer: Answer) -> list[Token]:
    """The prompt's tokens, the first ones of an answer that echoes it; [] when it does not."""
    count = answer.prompt_tokens
    return answer.tokens[:count] if 0 < count <= len(answer.tokens) else []


async def _bias(wire: Wire, model: str, unlikely: int) -> bool:
    """Whether an unlikely token can be forced, its probability still being the model's own."""
    body = {"model": model, "prompt": _TEXT, **forced(unlikely)}
    try:
        tokens = (await answered(wire, body)).tokens
    except Failure:
        return False
    told = tokens[0].log_probability if tokens and tokens[0].id == unlikely else None
    return told is not None and told < -_SAME


def forced(token: int) -> Json:
    """Fields that make one token, by its id, the answer."""
    bias = [[token, _FORCED_FROM]]
    return {"max_tokens": 1, "temperature": 0.0, "logprobs": 1, "logit_bias": bias}
