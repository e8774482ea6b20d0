"""Server-sent events, the text/event-stream format (WHATWG HTML, section 9.2): framing alone.

Does not cover: which events there are, or what happens when a stream is quiet or cut.
"""

from __future__ import annotations

from pydantic import BaseModel

MEDIA_TYPE = "text/event-stream"


def frame(event: str, data: BaseModel) -> bytes:
    """One event. JSON has no raw line feeds, so the data is one line."""
    return f"event: {event}\ndata: {data.model_dump_json()}\n\n".encode()
