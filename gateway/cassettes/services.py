"""Which service a request is for."""

from __future__ import annotations

import httpx

from gateway.cassettes.cassette import MODEL_SERVER, Addresses
from gateway.endpoints import endpoints
from gateway.settings import Settings
from services.contract import discover_tools


def addresses_of(settings: Settings) -> dict[str, str]:
    """All services that the gateway with these settings asks: the tools in toolset order."""
    tools = endpoints(settings, discover_tools(settings.tools_dir))
    return {**{tool.name: tool.url for tool in tools}, MODEL_SERVER: settings.model_url}


def service_of(url: httpx.URL, addresses: Addresses) -> tuple[str, str] | None:
    """The service's name, and the path below its address; None: it is none of these."""
    asked = str(url)
    fitting = [name for name, base in addresses.items() if asked.startswith(f"{base}/")]
    if not fitting:
        return None
    name = max(fitting, key=lambda one: len(addresses[one]))
    return name, asked.removeprefix(addresses[name])
