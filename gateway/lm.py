"""The language model over HTTP: the model_server's client.

Covers: /v1/base and /v1/research, and how a call fails (the tree is drawn in gateway.seams):

    no connection, 429, 503            ModelUnavailable
    too slow, 504                      ModelDeadline
    413, 422 with an error body        ModelRefused
    any other status, a nonsense body  ModelFailed

Every failed call is logged by kind and status, without its message, which may quote the dialog.
Does not cover: retries (gateway.orchestrator cuts what was refused).
"""

from __future__ import annotations

import logging
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from gateway.seams import ModelDeadline, ModelError, ModelFailed, ModelRefused, ModelUnavailable
from gateway.snippets import one_line, shorten
from gateway.upstream import Answer, Nonsense, TooSlow, UpstreamError, post_json
from services.contract import (
    BaseRequest,
    BaseResponse,
    ErrorBody,
    ResearchRequest,
    ResearchResponse,
)

B = TypeVar("B", bound=BaseModel)
log = logging.getLogger(__name__)

MAX_MESSAGE_CHARS = 200


class HttpLanguageModel:
    def __init__(self, client: httpx.AsyncClient, url: str, max_bytes: int) -> None:
        self._client = client
        self._url = url
        self._max_bytes = max_bytes

    async def base(self, request: BaseRequest, timeout_s: float) -> BaseResponse:
        return await self._call("/v1/base", request, BaseResponse, timeout_s)

    async def research(self, request: ResearchRequest, timeout_s: float) -> ResearchResponse:
        return await self._call("/v1/research", request, ResearchResponse, timeout_s)

    async def _call(self, path: str, request: BaseModel, kind: type[B], timeout_s: float) -> B:
        status = None
        try:
            answer = await self._post(path, request, timeout_s)
            status = answer.status
            return _read(answer, kind)
        except ModelError as error:
            said = {"call": path, "kind": type(error).__name__, "status": status}
            log.warning("model failed", extra=said)
            raise

    async def _post(self, path: str, request: BaseModel, timeout_s: float) -> Answer:
        try:
            return await post_json(
                self._client,
                self._url + path,
                request,
                timeout_s=timeout_s,
                max_bytes=self._max_bytes,
            )
        except TooSlow as error:
            raise ModelDeadline(f"the model server gave {error}") from error
        except Nonsense as error:
            raise ModelFailed(f"the model server sent {error}") from error
        except UpstreamError as error:
            raise ModelUnavailable(f"the model server cannot be reached ({error})") from error


def _read(answer: Answer, kind: type[B]) -> B:
    if answer.status != 200:
        raise _failure(answer)
    try:
        return kind.model_validate_json(answer.body)
    except ValidationError as error:
        raise ModelFailed("the model server's answer breaks the contract") from error


def _failure(answer: Answer) -> ModelError:
    try:
        told = ErrorBody.model_validate_json(answer.body).error
    except ValidationError:
        said = f"the model server answered {answer.status}"
    else:
        said = f"the model server answered {answer.status} {told.code.value}"
        if answer.status in (413, 422):
            return ModelRefused(f"{said}: {shorten(one_line(told.message), MAX_MESSAGE_CHARS)}")
    if answer.status == 504:
        return ModelDeadline(said)
    return ModelUnavailable(said) if answer.status in (429, 503) else ModelFailed(said)
