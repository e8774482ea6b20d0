"""Does a request come from this machine, and mean it?

Covers: the peer's address, the name in the Host header, the page a browser asks for, and the marks
that proxies leave. Does not cover: a proxy on this machine that leaves none (it needs the setting
require_key=always).
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address

from starlette.types import Scope

PROXY_HEADERS = frozenset(
    {b"forwarded", b"via", b"x-real-ip", b"x-client-ip", b"true-client-ip", b"cf-connecting-ip"}
)
PROXY_PREFIX = b"x-forwarded-"

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]+)(?::[0-9]{1,5})?")


def is_loopback(host: str) -> bool:
    """Whether the address, or name, is this machine's own: reachable from nowhere else."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761, section 6.3
        return True
    try:
        address = ip_address(name)
    except ValueError:
        return False
    # Where a socket takes both families, 127.0.0.1 comes as ::ffff:127.0.0.1.
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).is_loopback


def from_this_machine(scope: Scope) -> bool:
    """Whether somebody on this machine asks, by a name of this machine, and through no proxy.

    The name matters since a page from elsewhere can have its own name resolved to 127.0.0.1 (DNS
    rebinding); the browser then says that name in Host. Where such a page calls this machine by the
    right name, the browser says in Origin whose page it is.
    """
    peer = scope.get("client")
    if peer is not None and not is_loopback(peer[0]):  # None: a socket in the file system
        return False
    headers = scope["headers"]
    if any(name in PROXY_HEADERS or name.startswith(PROXY_PREFIX) for name, _ in headers):
        return False
    hosts = [value.decode("latin-1") for name, value in headers if name == b"host"]
    pages = [value.decode("latin-1") for name, value in headers if name == b"origin"]
    named = [*hosts, *(page.rpartition("://")[2] for page in pages)]
    return len(hosts) == 1 and all(_names_loopback(name) for name in named)


def _names_loopback(host: str) -> bool:
    found = _HOST.fullmatch(host.strip())
    return found is not None and is_loopback(found[1].strip("[]"))
