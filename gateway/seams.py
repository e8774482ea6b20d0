"""What the loop needs of the world: a language model and a toolset, and how the model can fail.

Covers: two small protocols and one error tree. Does not cover: how they are reached over HTTP
(gateway.lm, gateway.toolset). A tool's failure is a status, never an exception; a model's failure
fails the turn, but for what the right column says:

    ModelError
    ├── ModelUnavailable   nothing answers, or it went away, or it is not       503
    │                      ready or too busy; asked again, while nothing of
    │                      its answer has been passed on
    ├── ModelFailed        it answered with an error or with nonsense           502
    ├── ModelRefused       it says that the request itself cannot be served     422, if it is the
    │                      message alone; else the loop leaves out turns, then snippets
    └── ModelDeadline      it did not answer in time                            504, if there is no
                           whole draft; later the turn ends with its best answer so far
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from gateway.schemas import ToolReport
from services.contract import (
    BaseRequest,
    BaseResponse,
    Delta,
    RecipientChosen,
    ResearchRequest,
    ResearchResponse,
)


class ModelError(Exception):
    """The language model could not do its work. The message holds no user text."""


class ModelUnavailable(ModelError):
    """Nothing answers, or it went away, or it says that it cannot take work now."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """When it wants to be asked again, if it said so."""


class ModelFailed(ModelError):
    """The model server answered, and the answer is an error or makes no sense."""


class ModelRefused(ModelError):
    """The dialog cannot be put to the model, e.g. it is too long for its context."""


class ModelDeadline(ModelError):
    """The model did not answer in the time it was given."""


class LanguageModel(Protocol):
    """All calls raise ModelError, and nothing else, when the model fails.

    The streams are to be closed (aclosing) by their user, which ends the work. Their last event is
    the whole answer, whose text is that of all Deltas joined.
    """

    async def base(self, request: BaseRequest, timeout_s: float) -> BaseResponse: ...

    async def research(self, request: ResearchRequest, timeout_s: float) -> ResearchResponse: ...

    def stream_base(
        self, request: BaseRequest, timeout_s: float
    ) -> AsyncGenerator[Delta | BaseResponse, None]: ...

    def stream_research(
        self, request: ResearchRequest, timeout_s: float, answer_timeout_s: float
    ) -> AsyncGenerator[RecipientChosen | Delta | ResearchResponse, None]:
        """RecipientChosen comes first. `timeout_s` for a query; an answer to the user, once it is
        chosen, may take `answer_timeout_s` from the start."""
        ...


class Toolset(Protocol):
    """All tools at once."""

    @property
    def names(self) -> Sequence[str]:
        """The tools in toolset order, which is the order of their results."""
        ...

    def query(
        self, text: str, skip: Mapping[str, int], limit: int, timeout_s: float
    ) -> AsyncGenerator[ToolReport, None]:
        """One report per tool as each finishes. Never raises for a tool's failure."""
        ...
