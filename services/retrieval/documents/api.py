"""The documents API over HTTP: put, get, list and delete documents, list and delete collections.

    POST   /v1/documents              documents as JSON, or one file as it is
    GET    /v1/documents              a page of a collection's documents
    PUT    /v1/documents/{id}         one document, as JSON or as a file
    GET    /v1/documents/{id}
    DELETE /v1/documents/{id}
    GET    /v1/collections
    DELETE /v1/collections/{name}

What is answered with 200 is stored. Changes are made one at a time, in a thread of their own; those
that wait for it are bounded (429). Nothing here runs on the event loop for long.

Covers: routes, the API key, queues. Does not cover: what a request brings (requests.py), where
documents are kept (a Backend), or `POST /v1/query`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Depends, FastAPI, Query, Request
from fastapi.security import HTTPBearer
from starlette.convertors import Convertor, register_url_convertor

from services.chassis import Failure, PathLimits
from services.contract import ErrorCode
from services.retrieval.documents.backend import Backend, BackendError
from services.retrieval.documents.bodies import (
    MAX_ID_CHARS,
    CollectionsResponse,
    DeletedResponse,
    DocumentBody,
    DocumentResponse,
    DocumentsRequest,
    DocumentsResponse,
    ListingResponse,
    collections_response,
    document_response,
    documents_request,
    listing_response,
    stored_response,
)
from services.retrieval.documents.failures import RefusedError
from services.retrieval.documents.model import DEFAULT_COLLECTION, CollectionInfo, Document
from services.retrieval.documents.requests import (
    JSON,
    ParseUpload,
    check_documents,
    checked_id,
    checked_title,
    checked_url,
    document_of,
    documents_of,
    in_worker,
    media_type,
    uploaded,
    writable_collection,
)
from services.retrieval.pool import Pool
from services.retrieval.settings import Settings

T = TypeVar("T")


class _AnyText(Convertor[str]):
    """As Starlette's `path`, which has no line end: an id may have one."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("text", _AnyText())

MAX_PAGE = 1_000
READING_THREADS = 4

Collection = Annotated[str, Query(description="The collection's name.", max_length=64)]
Optional = Annotated[str | None, Query(max_length=2_048)]


def document_paths(settings: Settings) -> dict[str, PathLimits]:
    """Limits of these paths, for `create_app`."""
    limits = PathLimits(
        max_body_bytes=max(settings.max_upload_bytes, settings.max_body_bytes),
        deadline_ms=settings.write_deadline_ms,
        max_large=settings.max_uploads,
        body_setting="max_upload_bytes",
        large_setting="max_uploads",
        key=settings.api_key,
    )
    return {"/v1/documents": limits, "/v1/collections": limits}


class DocumentsApi:
    """The work behind the routes, off the event loop."""

    def __init__(
        self,
        backend: Backend,
        settings: Settings,
        parse: ParseUpload,
        built_in: Callable[[], Sequence[CollectionInfo]],
    ) -> None:
        self.settings = settings
        self._parse = parse
        self._backend = backend
        self._built_in = built_in
        waiting = settings.max_writes_waiting
        self._writing = Pool("changes of documents", 1, waiting)
        self._reading = Pool("reading documents", READING_THREADS, READING_THREADS * waiting)
        self._parsing = Pool("the parsers", settings.parse_workers, waiting)
        # One at a time: a large body takes forty times its size while it is read.
        self._decoding = Pool("reading bodies", 1, waiting)
        self._documents_request = documents_request(settings.max_documents)

    def close(self) -> None:
        self._writing.close()
        self._parsing.close()
        self._decoding.close()
        self._reading.close()

    async def write(self, work: Callable[[Backend], T]) -> T:
        return await self._run(self._writing, lambda: work(self._backend))

    async def read(self, work: Callable[[Backend], T]) -> T:
        return await self._run(self._reading, lambda: work(self._backend))

    async def _run(self, pool: Pool, work: Callable[[], T]) -> T:
        try:
            return await pool.run(work)
        except RefusedError as error:
            raise Failure(ErrorCode.CONFLICT, str(error)) from error
        except BackendError as error:
            raise Failure(ErrorCode.UNAVAILABLE, str(error)) from error

    async def decoded(self, data: bytes) -> tuple[str, list[Document]]:
        return await self._decoding.run(lambda: documents_of(data, self._documents_request))

    async def decoded_one(self, data: bytes, document_id: str) -> list[Document]:
        return await self._decoding.run(lambda: document_of(data, document_id))

    async def put(self, collection: str, documents: Sequence[Document]) -> DocumentsResponse:
        check_documents(documents, self.settings)
        stored = await self.write(lambda backend: backend.put(collection, documents))
        return stored_response(collection, stored)

    async def put_file(
        self,
        request: Request,
        collection: str,
        document_id: str | None,
        title: str | None,
        url: str | None,
    ) -> DocumentsResponse:
        media, data = media_type(request), await request.body()
        title, url = checked_title(title), checked_url(url)
        documents = await self._parsing.run(
            lambda: uploaded(
                self._parse, data, media, document_id=document_id, title=title, url=url
            )
        )
        return await self.put(collection, documents)

    async def listed(self) -> CollectionsResponse:
        kept = await self.read(lambda backend: backend.collections())
        return collections_response([*self._built_in(), *kept])


def add_documents_api(
    app: FastAPI,
    backend: Backend,
    settings: Settings,
    *,
    parse: ParseUpload | None = None,
    built_in: Callable[[], Sequence[CollectionInfo]] = lambda: [],
) -> DocumentsApi:
    """Add the routes; close what is returned when the app stops.

    parse: default in a process of its own. built_in: listed collections that the backend does not
    keep. `create_app` needs `document_paths` for uploads to pass.
    """
    api = DocumentsApi(backend, settings, parse or in_worker(settings), built_in)
    # The key is checked before the body is read (document_paths); this tells /docs of it.
    key = [] if settings.api_key is None else [Depends(HTTPBearer(auto_error=False))]
    router = APIRouter(dependencies=key)
    _add_changes(router, api)
    _add_reading(router, api)
    app.include_router(router)
    return api


def _add_changes(router: APIRouter, api: DocumentsApi) -> None:
    @router.post(
        "/v1/documents",
        tags=["documents"],
        summary="Add or replace documents: as JSON, or one file",
        openapi_extra=_bodies(DocumentsRequest.model_json_schema()),
    )
    async def post(
        request: Request,
        collection: Collection = DEFAULT_COLLECTION,
        id: Optional = None,
        title: Optional = None,
        url: Optional = None,
    ) -> DocumentsResponse:
        if media_type(request) != JSON:
            name = writable_collection(collection)
            given = None if id is None else checked_id(id)
            return await api.put_file(request, name, given, title, url)
        for name in ("collection", "id", "title", "url"):
            if name in request.query_params:
                message = f"query {name}: is for files; documents as JSON have it in the body"
                raise Failure(ErrorCode.INVALID_REQUEST, message)
        named, documents = await api.decoded(await request.body())
        return await api.put(writable_collection(named), documents)

    @router.put(
        "/v1/documents/{id:text}",
        tags=["documents"],
        summary="Add or replace one document: as JSON, or a file",
        openapi_extra=_bodies(DocumentBody.model_json_schema()),
    )
    async def put(
        request: Request,
        id: str,
        collection: Collection = DEFAULT_COLLECTION,
        title: Optional = None,
        url: Optional = None,
    ) -> DocumentsResponse:
        name, given = writable_collection(collection), checked_id(id)
        if media_type(request) != JSON:
            return await api.put_file(request, name, given, title, url)
        return await api.put(name, await api.decoded_one(await request.body(), given))

    @router.delete("/v1/documents/{id:text}", tags=["documents"], summary="Delete a document")
    async def delete(id: str, collection: Collection = DEFAULT_COLLECTION) -> DeletedResponse:
        name, given = writable_collection(collection), checked_id(id)
        deleted = await api.write(lambda backend: backend.delete(name, [given]))
        if not deleted:
            raise _no_document(name)
        return DeletedResponse(collection=name, deleted=deleted)

    @router.delete("/v1/collections/{name}", tags=["documents"], summary="Delete a collection")
    async def delete_collection(name: str) -> DeletedResponse:
        writable_collection(name)
        deleted = await api.write(lambda backend: backend.delete_collection(name))
        if deleted is None:
            raise Failure(ErrorCode.NOT_FOUND, f"there is no collection {name}")
        return DeletedResponse(collection=name, deleted=deleted)


def _add_reading(router: APIRouter, api: DocumentsApi) -> None:
    @router.get("/v1/documents", tags=["documents"], summary="List a collection's documents")
    async def page(
        collection: Collection = DEFAULT_COLLECTION,
        after: Annotated[str, Query(max_length=MAX_ID_CHARS)] = "",
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 100,
    ) -> ListingResponse:
        name = writable_collection(collection)
        listed = await api.read(lambda backend: backend.page(name, after, limit + 1))
        return listing_response(name, listed, limit)

    @router.get("/v1/documents/{id:text}", tags=["documents"], summary="A document as it was put")
    async def get(id: str, collection: Collection = DEFAULT_COLLECTION) -> DocumentResponse:
        name, given = writable_collection(collection), checked_id(id)
        document = await api.read(lambda backend: backend.get(name, given))
        if document is None:
            raise _no_document(name)
        return document_response(name, document)

    @router.get("/v1/collections", tags=["documents"], summary="List the collections")
    async def collections() -> CollectionsResponse:
        return await api.listed()


def _no_document(collection: str) -> Failure:
    return Failure(ErrorCode.NOT_FOUND, f"the collection {collection} has no document with this id")


def _bodies(schema: Mapping[str, Any]) -> dict[str, Any]:
    """For /docs: JSON of the schema, or any file that is read."""
    content = {
        JSON: {"schema": _inlined(schema, schema.get("$defs", {}))},
        "*/*": {"schema": {"type": "string", "format": "binary"}},
    }
    return {"requestBody": {"required": True, "content": content}}


def _inlined(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """References within the schema point nowhere once it is part of another document."""
    if isinstance(schema, list):
        return [_inlined(one, definitions) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return _inlined(definitions[str(schema["$ref"]).rpartition("/")[2]], definitions)
    return {key: _inlined(one, definitions) for key, one in schema.items() if key != "$defs"}
