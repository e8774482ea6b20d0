"""The way to Milvus: a folder served inside this process, or a server by URI.

Covers: connecting, a deadline on every call, what went wrong as BackendError, and whether the
server answers. Does not cover: what is asked of it (milvus.py).

A folder is milvus-lite's: it speaks the same protocol, here over a socket in a folder only this
user can enter, since milvus-lite has no passwords. One process can have a folder open.
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from services.contract import Missing
from services.retrieval.documents.backend import BackendError

Consistency = Literal["Strong", "Session", "Bounded", "Eventually"]

INSTALL = 'pip install "groundling[milvus]"'
URI_SETTING = "GROUNDLING_RETRIEVAL_MILVUS_URI"
TOKEN_SETTING = "GROUNDLING_RETRIEVAL_MILVUS_TOKEN"
TIMEOUT_SETTING = "GROUNDLING_RETRIEVAL_MILVUS_TIMEOUT_S"

PROBE_EVERY_S = 5.0
"""How old an answer about the server's health may be before it is asked again."""

_NOT_LOADED = 101
_LONGEST_REASON = 300


@dataclass(frozen=True)
class Place:
    """Where the documents are."""

    uri: str
    """A folder (milvus-lite), or http://host:19530, https://…, unix:…"""
    token: str = ""
    prefix: str = "groundling"
    """Of the names of our two Milvus collections: letters, digits and _, a letter first."""
    timeout_s: float = 5.0
    consistency: Consistency = "Session"
    """Of searches; whatever decides about a write is read with Strong."""

    @property
    def embedded(self) -> bool:
        return "://" not in self.uri and not self.uri.startswith("unix:")

    @property
    def shown(self) -> str:
        """The URI without a password."""
        parts = urlsplit(self.uri)
        if parts.username is None and parts.password is None:
            return self.uri
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


class Link:
    """Calls of pymilvus' client; reconnects by itself. Thread-safe."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self._client: Any = None
        self._lite: _Lite | None = None
        self._problem: Missing | None = self._as_missing("not opened yet")
        self._probing = threading.Lock()  # not re-entrant: taken here, released by the thread
        self._probed = -PROBE_EVERY_S
        self._lock = threading.Lock()

    def open(self) -> None:
        """Connect; does nothing when connected already."""
        with self._lock:
            if self._client is None:
                try:
                    self._client = self._connect()
                except BackendError as error:
                    self.note(error)
                    raise

    def close(self) -> None:
        with self._lock:
            client, self._client = self._client, None
            if client is not None:
                client.close()
            if self._lite is not None:
                self._lite.stop()
                self._lite = None
        self._problem = self._as_missing("closed")

    def note(self, problem: BackendError) -> None:
        """For `missing`, until a call works again."""
        self._problem = self._as_missing(str(problem))

    @property
    def client(self) -> Any:
        """For what asks nothing of the server: describing schemas and indexes."""
        return self._client

    def call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        """`client.<method>(…)` with the deadline. A collection that a restarted server has not
        loaded is loaded and the call made again."""
        try:
            result = self._once(method, *args, **kwargs)
        except _NotLoaded:
            self._once("load_collection", args[0])
            result = self._once(method, *args, **kwargs)
        self._problem = None
        return result

    def missing(self, probe: Callable[[], Any]) -> list[Missing]:
        """As last known. When that is old `probe` is called in a thread, so this never waits."""
        if missing := lacking_packages(self.place):
            return missing
        now = time.monotonic()
        if now - self._probed > PROBE_EVERY_S and self._probing.acquire(blocking=False):
            self._probed = now
            threading.Thread(target=self._probe, args=[probe], daemon=True).start()
        problem = self._problem
        return [] if problem is None else [problem]

    def _probe(self, probe: Callable[[], Any]) -> None:
        try:
            with suppress(BackendError):  # `call` noted it
                probe()
        finally:
            self._probing.release()

    def _once(self, method: str, *args: Any, **kwargs: Any) -> Any:
        client = self._client
        if client is None:
            raise BackendError(f"Milvus at {self.place.shown}: not open")
        import grpc  # noqa: PLC0415
        from pymilvus.exceptions import MilvusException  # noqa: PLC0415

        try:
            return getattr(client, method)(*args, timeout=self.place.timeout_s, **kwargs)
        except MilvusException as error:
            if error.code == _NOT_LOADED and method != "load_collection":
                raise _NotLoaded(self._explain(method, error)[0]) from error
            raise self._failed(method, error) from error
        except (grpc.RpcError, ConnectionError, ValueError) as error:
            raise self._failed(method, error) from error

    def _connect(self) -> Any:
        if missing := lacking_packages(self.place):
            parts = ", ".join(one.part for one in missing)
            raise BackendError(f"Milvus needs {parts}: {INSTALL}")
        from pymilvus import MilvusClient  # noqa: PLC0415
        from pymilvus.exceptions import MilvusException  # noqa: PLC0415

        # They log every failed call with a traceback, and with what was sent, which is the user's;
        # it reaches us as an exception all the same.
        for name in ("pymilvus", "milvus_lite"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        uri = self.place.uri
        if self.place.embedded:
            self._lite = _Lite(Path(uri).expanduser())
            uri = self._lite.uri
        try:
            return MilvusClient(
                uri=uri, token=self.place.token, timeout=self.place.timeout_s, dedicated=True
            )
        except (MilvusException, ValueError) as error:
            if self._lite is not None:
                self._lite.stop()
                self._lite = None
            raise self._failed("connect", error) from error

    def _failed(self, method: str, error: Exception) -> BackendError:
        """A call refused for what was in it does not make the server missing."""
        message, server = self._explain(method, error)
        if server:
            self._problem = self._as_missing(message)
        return BackendError(message)

    def _explain(self, method: str, error: Exception) -> tuple[str, bool]:
        """What went wrong and what helps; whether it is the server's or the settings' fault."""
        reason = str(getattr(error, "message", "") or error).strip()
        if callable(code := getattr(error, "code", None)):  # of gRPC, which tells more in its str
            reason = f"{code().name} ({getattr(error, 'details', str)()})"
        if len(reason) > _LONGEST_REASON:
            reason = reason[:_LONGEST_REASON] + "…"
        lower = reason.lower()
        if "unauthenticated" in lower or "auth check" in lower:
            advice = f"; check {TOKEN_SETTING}"
        elif "deadline" in lower or "timeout" in lower or "timed out" in lower:
            advice = f"; it was given {self.place.timeout_s:g} s ({TIMEOUT_SETTING}): is it up?"
        elif "connect" in lower or "unavailable" in lower or method == "connect":
            advice = f"; is it up, and is {URI_SETTING} right?"
        else:
            advice = ""
        return f"Milvus at {self.place.shown}: {method} failed: {reason}{advice}", bool(advice)

    def _as_missing(self, message: str) -> Missing:
        what = (
            message if self.place.shown in message else f"Milvus at {self.place.shown}: {message}"
        )
        how = f"start it, or set {URI_SETTING}"
        return Missing(part=what, how=how, required=True)


class _NotLoaded(BackendError):
    """The collection is there but not loaded: the server was restarted."""


class _Lite:
    """milvus-lite serving one folder on a private socket."""

    def __init__(self, folder: Path) -> None:
        # Read when milvus_lite is imported. It indexes what is in memory anew for every search, in
        # Python: with its default of 128 MiB a search of 4,000 passages takes two seconds.
        os.environ.setdefault("MILVUS_LITE_MEMTABLE_MEMORY_LIMIT_BYTES", str(1024 * 1024))
        from milvus_lite.adapter.grpc.server import start_server_in_thread  # noqa: PLC0415
        from milvus_lite.exceptions import DataDirLockedError, MilvusLiteError  # noqa: PLC0415

        self._private = _private(folder)
        socket = f"{self._private}/s"
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            # It joins host and port with ":", which makes a Unix socket's address too.
            self._server, self._db, _ = start_server_in_thread(
                str(folder), host="unix", port=socket
            )
        except DataDirLockedError as error:
            self._leave()
            raise BackendError(
                f"Milvus folder {folder} is open in another process; to share it run "
                f"`milvus-lite server --data-dir {folder}` and set {URI_SETTING} to its address"
            ) from error
        except (MilvusLiteError, OSError, RuntimeError, ValueError) as error:
            self._leave()
            raise BackendError(f"Milvus folder {folder} cannot be opened: {error}") from error
        self.uri = f"unix:{socket}"

    def _leave(self) -> None:
        with suppress(OSError):  # not empty: the socket of the process that has the folder
            os.rmdir(self._private)

    def stop(self) -> None:
        self._server.stop(grace=2).wait(timeout=5)
        shutil.rmtree(self._private, ignore_errors=True)
        self._db.close()  # last: it gives up the folder, and with it the socket's name


def _private(folder: Path) -> str:
    """A folder for the socket, for this user only; short, as sockets' names must be. The same for
    the same documents, so that a killed process leaves one behind at most."""
    name = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    path = Path(tempfile.gettempdir()) / f"milvus-{os.getuid()}-{name}"
    with suppress(FileExistsError):
        path.mkdir(mode=0o700)
    there = path.lstat()
    if stat.S_ISDIR(there.st_mode) and there.st_uid == os.getuid() and not there.st_mode & 0o077:
        return str(path)
    return tempfile.mkdtemp(prefix="milvus-")  # somebody else made that one


def lacking_packages(place: Place) -> list[Missing]:
    """Packages this way to Milvus needs and does not have."""
    needed = ["pymilvus", *(["milvus_lite"] if place.embedded else [])]
    return [
        Missing(part=f"package {name.replace('_', '-')}", how=INSTALL, required=True)
        for name in needed
        if find_spec(name) is None
    ]
