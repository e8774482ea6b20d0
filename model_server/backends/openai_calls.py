"""One request's calls to a server whose abilities are known: prompts, completions, probabilities.

Every method raises Failure (openai_wire.py), and invalid_request for a prompt that is too long.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass

from model_server.backends.base import Likelihood
from model_server.backends.openai_answer import COMPLETIONS, answered
from model_server.backends.openai_body import Prompt, as_string, sampling_body
from model_server.backends.openai_probe import Abilities, echoed_tokens, forced
from model_server.backends.openai_wire import Json, Wire, nonsense
from model_server.prompts import Control, Segment
from services.chassis import Failure
from services.contract import ErrorCode, Sampling

_NO_PART = (
    "the model server tells no probability of a token that is only part of a character, as in an"
    " emoji or a script its vocabulary does not hold; this text cannot be scored there"
)


@dataclass(frozen=True, slots=True)
class Calls:
    wire: Wire
    model: str
    can: Abilities
    max_context: int
    """Tokens of prompt and answer together."""

    async def prompt(self, segments: Sequence[Segment], room: int = 1) -> Prompt:
        """What to send, with room for that many tokens of answer."""
        controls = self.can.controls
        if controls is None:
            return as_string(segments)
        mixed = [controls[s.name] if isinstance(s, Control) else s for s in segments if s != ""]
        body = {"content": mixed, "add_special": False, "parse_special": False}
        ids = (await self.wire.post("/tokenize", body)).get("tokens")
        if not isinstance(ids, list) or not all(isinstance(one, int) for one in ids):
            raise nonsense("to /tokenize is not a list of token ids")
        ids = [*self.can.begin, *ids]
        if len(ids) + room > self.max_context:
            message = f"context: {len(ids)} tokens and up to {room} of answer; together at most"
            raise Failure(ErrorCode.INVALID_REQUEST, f"{message} {self.max_context} are allowed")
        return ids

    async def written(self, prompt: Prompt, max_tokens: int, how: Sampling) -> str:
        """One answer as a whole."""
        body = sampling_body(self.model, prompt, max_tokens, how, self.can)
        return (await answered(self.wire, body)).text

    def streamed(
        self, prompt: Prompt, max_tokens: int, how: Sampling, index: int
    ) -> AsyncGenerator[Json, None]:
        """Candidate `index` in chunks."""
        body = sampling_body(self.model, prompt, max_tokens, how, self.can, index=index)
        body |= {"stream": True, "stream_options": {"include_usage": True}}
        return self.wire.stream(COMPLETIONS, body)

    async def likely(self, segments: Sequence[Segment]) -> Mapping[str, float]:
        """ln P of the likeliest next tokens, by their text."""
        sent = await self.prompt(segments)
        body = sampling_body(self.model, sent, 1, Sampling(), self.can)
        body["logprobs"] = self.can.top
        tokens = (await answered(self.wire, body)).tokens
        if not tokens or not tokens[0].top:
            raise nonsense("lacks the token probabilities that it gave when it was tried")
        return tokens[0].top

    async def echoed(self, segments: Sequence[Segment]) -> Likelihood:
        """ln P of a prompt after its first token."""
        sent = await self.prompt(segments)
        body = sampling_body(self.model, sent, 1, Sampling(), self.can)
        body |= {"logprobs": 1, "echo": True}
        tokens = echoed_tokens(await answered(self.wire, body))
        if not tokens:
            raise nonsense("does not echo the prompt")
        return Likelihood(math.fsum(one.log_probability or 0.0 for one in tokens), len(tokens))

    async def forced(self, prompt: Sequence[Segment], text: str) -> Likelihood:
        """ln P of a text after a prompt, one call for each token of it."""
        start, whole = await self.prompt(prompt), await self.prompt([*prompt, text])
        assert isinstance(whole, list)  # only where prompts are ids can a token be forced
        total = 0.0
        for at in range(len(start), len(whole)):
            body = {"model": self.model, "prompt": whole[:at], **forced(whole[at])}
            tokens = (await answered(self.wire, body)).tokens
            told = tokens[0].log_probability if tokens and tokens[0].id == whole[at] else None
            if told is None:
                raise Failure(ErrorCode.UNAVAILABLE, _NO_PART)
            total += told
        return Likelihood(total, len(whole) - len(start))
