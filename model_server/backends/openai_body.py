"""The body that asks for a completion."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from model_server.backends.openai_probe import PLAIN, Abilities
from model_server.backends.openai_wire import Json
from model_server.prompts import END, Control, Segment
from services.contract import Sampling

# Their full-width forms too: some vocabularies write control tokens with them.
_OPENS = re.compile("(?<=[<\uff1c\ufe64])(?=[|\uff5c])")

_SEEDS = 2**31  # what every server takes

Prompt = str | list[int]
"""Text with control tokens written out, or token ids."""


def as_string(segments: Sequence[Segment]) -> str:
    """A prompt for a server that reads control tokens out of text: a space breaks every `<|`, also
    one that two texts side by side make, so that the only control tokens in it are ours."""
    parts: list[str] = []
    for ours, run in groupby(segments, key=lambda segment: isinstance(segment, Control)):
        texts = [one.name if isinstance(one, Control) else one for one in run]
        parts.append("".join(texts) if ours else _OPENS.sub(" ", "".join(texts)))
    return "".join(parts)


def seed_of(how: Sampling, index: int) -> int | None:
    """A candidate's own seed, so that each is another one and all are repeatable."""
    return None if how.seed is None else (how.seed + index) % _SEEDS


def sampling_body(
    model: str, prompt: Prompt, max_tokens: int, how: Sampling, can: Abilities, *, index: int = 0
) -> Json:
    """What to POST to /v1/completions for candidate `index`. Without temperature nothing is drawn,
    so nothing is said of how."""
    body: Json = {
        "model": model,
        "prompt": prompt,
        "max_tokens": max_tokens,
        "temperature": how.temperature,
        "stop": [END, *how.stop],
    }
    if can.stop_ids:
        body["stop_token_ids"] = list(can.stop_ids)
    if can.top:
        body["logprobs"] = 1
    if how.temperature > 0.0:
        body |= {"top_p": how.top_p, **(PLAIN if can.plain else {})}
        if how.top_k > 0 or can.plain:  # 0 is "no limit" where llama.cpp's default is 40
            body["top_k"] = how.top_k
        if how.seed is not None:
            body["seed"] = seed_of(how, index)
    return body
