"""What the model server's events say, and that they come in the order the contract gives them.

Covers: one streamed answer (services.contract.Delta tells the order). Does not cover: reading the
events from the wire (gateway.upstream), or asking (gateway.lm).

Whatever breaks the contract is ModelFailed: an unknown body, text before the recipient, a second
candidate, an end that is not what its pieces were. An `error` event fails the call as the same
error body would, but that nothing is cut and asked again once text has come.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

from gateway.seams import ModelDeadline, ModelError, ModelFailed, ModelRefused, ModelUnavailable
from gateway.snippets import one_line, shorten
from services.contract import (
    BaseResponse,
    Delta,
    ErrorBody,
    ErrorCode,
    RecipientChosen,
    ResearchResponse,
)

R = TypeVar("R", BaseResponse, ResearchResponse)
B = TypeVar("B", bound=BaseModel)

MAX_MESSAGE_CHARS = 200
REFUSALS = (ErrorCode.TOO_LARGE, ErrorCode.INVALID_REQUEST)
BUSY = (ErrorCode.UNAVAILABLE, ErrorCode.OVERLOADED)


class StreamedAnswer(Generic[R]):
    """Reads one answer, event by event."""

    def __init__(self, kind: type[R]) -> None:
        self._kind: type[R] = kind
        self._recipient: str | None = None
        self._pieces: list[str] = []

    def read(self, name: str, data: bytes) -> RecipientChosen | Delta | R | None:
        """One event; None: not one of ours. Raises ModelError."""
        if name == "delta":
            return self._delta(parsed(Delta, data))
        if name == "recipient":
            return self._chosen(parsed(RecipientChosen, data))
        if name == "done":
            return self._whole(parsed(self._kind, data))
        if name == "error":
            raise self._failure(parsed(ErrorBody, data))
        return None

    def _chosen(self, event: RecipientChosen) -> RecipientChosen:
        if self._kind is BaseResponse or self._recipient is not None:
            raise ModelFailed("the model server's stream names a recipient out of its place")
        self._recipient = event.recipient
        return event

    def _delta(self, event: Delta) -> Delta:
        if self._kind is ResearchResponse and self._recipient is None:
            raise ModelFailed("the model server's stream has text before its recipient")
        if event.index != 0:
            raise ModelFailed("the model server's stream has candidates that were not asked for")
        self._pieces.append(event.text)
        return event

    def _whole(self, answer: R) -> R:
        text = answer.response if isinstance(answer, BaseResponse) else answer.text
        recipient = None if isinstance(answer, BaseResponse) else answer.recipient
        if text != "".join(self._pieces) or recipient != self._recipient:
            raise ModelFailed("the end of the model server's stream is not what its pieces were")
        return answer

    def _failure(self, body: ErrorBody) -> ModelError:
        code = body.error.code
        said = f"the model server's stream ended with {code.value}"
        if code in REFUSALS and not self._pieces:
            return ModelRefused(
                f"{said}: {shorten(one_line(body.error.message), MAX_MESSAGE_CHARS)}"
            )
        if code is ErrorCode.DEADLINE:
            return ModelDeadline(said)
        return ModelUnavailable(said) if code in BUSY else ModelFailed(said)


def parsed(kind: type[B], data: bytes) -> B:
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        raise ModelFailed("the model server's answer breaks the contract") from error
