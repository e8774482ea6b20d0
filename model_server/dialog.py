"""What the model is asked: draft (base), research (query or grounded rewrite), score.

Text in, text out; prompts come from model_server.prompts, tokens go to model_server.engine. One
call at a time: whoever serves it (app.py) queues.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from model_server.engine.checkpoint import Checkpoint
from model_server.engine.decode import (
    Cancelled,
    ContextOverflowError,
    Generated,
    Reading,
    SamplingParameters,
    check_room,
)
from model_server.prompts import (
    ATTRIBUTES,
    END,
    RECIPIENTS,
    Segment,
    attribute_prefix,
    base_prompt,
    encode,
    recipient_prefix,
    research_prompt,
    score_frame,
    score_prompt,
)
from services.contract import (
    Attribute,
    BaseRequest,
    BaseResponse,
    Candidate,
    ResearchRequest,
    ResearchResponse,
    Sampling,
    ScoreRequest,
    ScoreResponse,
    Scores,
    Usage,
)


def _parameters(sampling: Sampling) -> SamplingParameters:
    return SamplingParameters(
        temperature=sampling.temperature,
        top_p=sampling.top_p,
        top_k=sampling.top_k,
        seed=sampling.seed,
    )


def rank(scores: Scores) -> float:
    """3 P(sensible) + P(specific) + P(interesting) (LaMDA, section 6.1)."""
    return 3 * scores.sensible + scores.specific + scores.interesting


@dataclass(frozen=True, slots=True)
class DialogModel:
    """A loaded checkpoint that speaks the protocol of prompts.py."""

    checkpoint: Checkpoint
    name: str
    base_max_tokens: int
    research_max_tokens: int
    max_batch_tokens: int
    safety_threshold: float

    def base(self, request: BaseRequest, cancelled: Cancelled) -> BaseResponse:
        """n drafts; with n > 1 scored, unsafe ones dropped (unless all are), best first."""
        prompt = self._encode(base_prompt(request.role_turns, request.context))
        room = request.sampling.max_tokens or self.base_max_tokens
        self._check_batch(request.n, len(prompt) + room)
        scoring = self._scoring_tokens() if request.n > 1 else 0
        check_room(self.checkpoint.model, len(prompt), room + scoring)
        reading = Reading(self.checkpoint.model, prompt, room, cancelled)
        drawn = self._generate(reading, request.n, room, _parameters(request.sampling))
        if request.n == 1:
            candidates = [Candidate(text=self._text(drawn[0]), scores=None)]
        else:
            scored = [(one, self._scored(prompt + one.ids, cancelled)) for one in drawn]
            candidates = self._ranked(scored)
        written = sum(len(one.ids) for one in drawn)
        return BaseResponse(
            response=candidates[0].text,
            candidates=candidates,
            usage=Usage(prompt_tokens=len(prompt), completion_tokens=written),
            model=self.name,
        )

    def research(self, request: ResearchRequest, cancelled: Cancelled) -> ResearchResponse:
        """The next query, or the response to the user; the model's first tokens decide which."""
        segments = research_prompt(request.role_turns, request.context, request.base, request.steps)
        prompt = self._encode(segments)
        prefixes = [self.checkpoint.tokenizer.encode(recipient_prefix(one)) for one in RECIPIENTS]
        room = request.sampling.max_tokens or self.research_max_tokens
        longest = max(len(prefix) for prefix in prefixes)
        reading = Reading(self.checkpoint.model, prompt, room + longest, cancelled)
        if request.force_user:
            chosen = RECIPIENTS.index("User")
            reading.give(prefixes[chosen])
        else:
            chosen = reading.choose(prefixes, _parameters(request.sampling))
        [generated] = self._generate(reading, 1, room, _parameters(request.sampling))
        return ResearchResponse(
            recipient="TS" if RECIPIENTS[chosen] == "TS" else "User",
            text=self._text(generated),
            usage=Usage(prompt_tokens=len(prompt), completion_tokens=len(generated.ids)),
            model=self.name,
        )

    def score(self, request: ScoreRequest, cancelled: Cancelled) -> ScoreResponse:
        """P("1") of each attribute, asked on its own after context and response."""
        prompt = self._encode(score_prompt(request.role_turns, request.context, request.response))
        shares = self._probabilities(prompt, request.attributes, cancelled)
        return ScoreResponse(probabilities=shares, model=self.name)

    def _probabilities(
        self, prompt: Sequence[int], attributes: Sequence[Attribute], cancelled: Cancelled
    ) -> dict[Attribute, float]:
        to_ids = self.checkpoint.tokenizer.encode
        asked = {name: to_ids(attribute_prefix(name)) for name in attributes}
        digits = [to_ids(digit)[0] for digit in ("0", "1")]
        room = max(len(ids) for ids in asked.values())
        reading = Reading(self.checkpoint.model, prompt, room, cancelled)
        return {name: reading.probabilities(ids, digits)[1] for name, ids in asked.items()}

    def _encode(self, segments: Sequence[Segment]) -> list[int]:
        return encode(segments, self.checkpoint.tokenizer)

    def _scored(self, dialog: Sequence[int], cancelled: Cancelled) -> Scores:
        """Score the response that `dialog`, in token ids, ends with."""
        prompt = [*dialog, *self._encode(score_frame())]
        return Scores.model_validate(self._probabilities(prompt, ATTRIBUTES, cancelled))

    def _scoring_tokens(self) -> int:
        """What asking for a score adds to a prompt and its response."""
        names = [self.checkpoint.tokenizer.encode(attribute_prefix(name)) for name in ATTRIBUTES]
        return len(self._encode(score_frame())) + max(len(ids) for ids in names)

    def _check_batch(self, n: int, tokens: int) -> None:
        if n * tokens > self.max_batch_tokens:
            raise ContextOverflowError(
                f"n: {n} candidates of up to {tokens} tokens each; together at most "
                f"{self.max_batch_tokens} are allowed (setting max_batch_tokens)"
            )

    def _ranked(self, scored: Sequence[tuple[Generated, Scores]]) -> list[Candidate]:
        safe = [pair for pair in scored if pair[1].safe >= self.safety_threshold]
        best_first = sorted(safe or scored, key=lambda pair: -rank(pair[1]))
        return [Candidate(text=self._text(one), scores=scores) for one, scores in best_first]

    def _generate(
        self, reading: Reading, n: int, room: int, parameters: SamplingParameters
    ) -> list[Generated]:
        stop = self.checkpoint.tokenizer.control(END)
        return reading.generate(n, room, stop, parameters)

    def _text(self, generated: Generated) -> str:
        return self.checkpoint.tokenizer.decode(generated.ids).strip()
