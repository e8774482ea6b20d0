"""The first code of each child: run one app under uvicorn, and end when the stack is gone.

Covers: the server's options, and the watch on standard input. The stack holds the other end of that
pipe and writes nothing; end of file means that the stack died without saying goodbye (SIGKILL, a
crash), so nothing is ever left running alone. Works on Linux and macOS alike.
Does not cover: what the app does. Run as `python -m deploy.serve APP HOST PORT`.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from typing import Any

import uvicorn

from services.chassis import SettingsError

GRACE_S = 5
"""For requests in flight when the child is told to end."""
KEEP_ALIVE_S = 75
"""Longer than clients keep idle connections, so that none writes to a closed one."""


def end_with_parent() -> None:
    """Wait for end of file on standard input, then end this process and what it started."""
    try:
        while os.read(0, 1024):
            pass
    except OSError:
        pass
    os.killpg(0, signal.SIGTERM)
    threading.Event().wait(GRACE_S + 2)
    os.killpg(0, signal.SIGKILL)


def settled(app: str) -> Callable[[], Any]:
    """The app's factory, after which the garbage collector leaves alone what is there to stay.

    Looking through all of it again and again stops a gateway for tens of milliseconds.
    Bad settings end the process, with status 1 and their own words.
    """

    def build() -> Any:
        module, _, name = app.partition(":")
        try:
            built = getattr(import_module(module), name)()
        except SettingsError as error:
            print(f"{module}: {error}", file=sys.stderr)
            raise SystemExit(1) from None
        gc.collect()
        gc.freeze()
        return built

    return build


def main(arguments: list[str]) -> None:
    app, host, port = arguments
    threading.Thread(target=end_with_parent, name="end-with-parent", daemon=True).start()
    uvicorn.run(
        settled(app),
        factory=True,
        host=host,
        port=int(port),
        access_log=False,  # services.chassis logs each request
        proxy_headers=False,  # the gateway's guard looks at them itself
        log_level="warning",
        timeout_graceful_shutdown=GRACE_S,
        timeout_keep_alive=KEEP_ALIVE_S,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
