"""A client of the retrieval service's documents API.

Covers: putting documents with bounded patience, and listing and deleting collections. Does not
cover: uploads, which `groundling ingest` does not use: it parses files itself.

    DocumentsError
    ├── ServiceGone     nothing answers, or it stays unable to: try again later
    ├── Refused         the service will not take this: one document is at fault
    └── NotAllowed      it takes nothing from us: a wrong key, address or collection
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from groundling.client.connection import on_this_machine
from groundling.client.errors import START_HINT
from services.contract import ErrorBody

DEFAULT_URL = "http://127.0.0.1:8103"
TIMEOUT_S = 150.0
"""For one request. Longer than the service's deadline for a write, so that its error is seen."""
CONNECT_TIMEOUT_S = 5.0
PATIENCE_S = 120.0
"""How long a service may be busy, restarting or not ready before we give up."""
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 15.0
_BUSY = (429, 502, 503, 504)
_AT_FAULT = (400, 413, 422, 500)

Note = Callable[[str], None]
B = TypeVar("B", bound=BaseModel)


class DocumentsError(Exception):
    """The message is for people."""


class ServiceGone(DocumentsError):
    pass


class Refused(DocumentsError):
    pass


class NotAllowed(DocumentsError):
    pass


class _Stored(BaseModel):
    id: str
    outcome: str


class _Answer(BaseModel):
    documents: list[_Stored]


class Collection(BaseModel):
    name: str
    documents: int
    passages: int


class _Collections(BaseModel):
    collections: list[Collection]


class DocumentsClient:
    """Use as a context manager. `transport` and `sleep` are the seams for tests."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        api_key: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        note: Note = lambda _: None,
    ) -> None:
        self.url = url.rstrip("/")
        self._sleep = sleep
        self._note = note
        self._http = httpx.Client(
            base_url=self.url,
            transport=transport,
            timeout=httpx.Timeout(TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            headers={"Authorization": f"Bearer {api_key}"} if api_key else {},
            trust_env=not on_this_machine(url),  # no proxy to this machine itself
        )

    def __enter__(self) -> DocumentsClient:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def collections(self) -> list[Collection]:
        """Also says whether a service is there and lets us in; does not wait for one to start."""
        answer = self._patiently("GET", "/v1/collections", wait_for_start=False)
        return self._parsed(_Collections, answer).collections

    def delete_collection(self, name: str) -> bool:
        """False: there was none."""
        answer = self._patiently("DELETE", f"/v1/collections/{quote(name)}", missing_ok=True)
        return answer.is_success

    def has(self, collection: str, document_id: str) -> bool:
        path = f"/v1/documents/{quote(document_id, safe='')}"
        answer = self._patiently("GET", path, params={"collection": collection}, missing_ok=True)
        return answer.is_success

    def put(self, collection: str, documents: Sequence[dict[str, Any]]) -> Counter[str]:
        """How many were created, replaced, unchanged; all are stored when it returns."""
        body = {"collection": collection, "documents": documents}
        answer = self._patiently("POST", "/v1/documents", json=body)
        return Counter(one.outcome for one in self._parsed(_Answer, answer).documents)

    def _patiently(
        self,
        method: str,
        path: str,
        *,
        wait_for_start: bool = True,
        missing_ok: bool = False,
        **request: Any,
    ) -> httpx.Response:
        """Sends until it is answered for good. Each request may be repeated: it says what is to
        be, not what is to change."""
        waited_s, wait_s = 0.0, _FIRST_WAIT_S
        while True:
            asked_s = 0.0
            try:
                answer = self._http.request(method, path, **request)
                if answer.status_code not in _BUSY:
                    return self._checked(answer, missing_ok)
                reason = self._error(answer)
                asked_s = _retry_after(answer)
            except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
                raise NotAllowed(f"{self.url} is not an address: {error}") from error
            except httpx.HTTPError as error:
                if not wait_for_start and isinstance(error, httpx.ConnectError):
                    raise ServiceGone(
                        f"no retrieval service answers at {self.url}; {START_HINT}"
                    ) from error
                reason = f"no answer ({error or type(error).__name__})"
            if waited_s >= PATIENCE_S:
                raise ServiceGone(f"{self.url} could not do it for {waited_s:.0f} s: {reason}")
            pause_s = min(max(wait_s, asked_s), _LONGEST_WAIT_S)
            self._note(f"waiting for the service: {reason}")
            self._sleep(pause_s)
            waited_s += pause_s
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def _checked(self, answer: httpx.Response, missing_ok: bool) -> httpx.Response:
        if answer.is_success or (missing_ok and answer.status_code == 404):
            return answer
        if answer.status_code == 401 and "authorization" in self._http.headers:
            raise NotAllowed(f"{self.url} does not accept this API key")
        if answer.status_code == 401:
            raise NotAllowed(
                f"{self.url} needs its API key: --api-key KEY, or GROUNDLING_RETRIEVAL_API_KEY"
            )
        if answer.status_code in _AT_FAULT:
            raise Refused(self._error(answer))
        if answer.status_code == 404:  # as the gateway answers
            raise NotAllowed(f"{self.url} has no documents API: is it a retrieval service?")
        raise NotAllowed(f"{self.url} answered {answer.status_code}: {self._error(answer)}")

    def _error(self, answer: httpx.Response) -> str:
        try:
            return ErrorBody.model_validate_json(answer.content).error.message
        except ValidationError:
            return f"status {answer.status_code} without an error body: is it a retrieval service?"

    def _parsed(self, kind: type[B], answer: httpx.Response) -> B:
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as error:
            raise NotAllowed(f"{self.url} does not answer as a retrieval service") from error


def _retry_after(answer: httpx.Response) -> float:
    given = answer.headers.get("retry-after", "")
    return float(given) if given.isdecimal() else 0.0
