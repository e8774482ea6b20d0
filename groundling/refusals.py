"""What to tell people of a call that failed: what it is, and what can be done about it."""

from __future__ import annotations

from groundling.client import API_KEY_VARIABLE, ClientError, GatewayError
from groundling.terminal import printable


def told(error: ClientError) -> str:
    """One line, safe for a terminal, without "error:" before it."""
    said = printable(str(error))
    return said if not isinstance(error, GatewayError) else f"{said}{_remedy(error)}"


def _remedy(error: GatewayError) -> str:
    if error.status == 401:
        return f"; give a key with --api-key or {API_KEY_VARIABLE} (`groundling keys` makes one)"
    if error.status == 403:
        return "; this API key may not do that (`groundling keys` makes others)"
    if error.retry_after_s is not None:
        return f"; try again in {error.retry_after_s:g} s"
    if error.status in (429, 503):
        return "; try again later"
    return ""
