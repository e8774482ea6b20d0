"""Where each tool is and how long it may take: manifests and settings put together.

Covers: choosing URLs. Does not cover: calling them (gateway.toolset).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.settings import PREFIX, Settings
from services.chassis import SettingsError
from services.contract import ToolManifest


@dataclass(frozen=True, slots=True)
class Endpoint:
    name: str
    url: str
    timeout_s: float


def endpoints(settings: Settings, manifests: Sequence[ToolManifest]) -> list[Endpoint]:
    """Where each tool is, in toolset order; raise SettingsError for a URL of an unknown tool."""
    urls = settings.tool_urls
    known = {manifest.name for manifest in manifests}
    unknown = sorted(set(urls or ()) - known)
    if unknown:
        raise SettingsError(
            f"{PREFIX}TOOL_URLS: no tool is named {unknown[0]!r}; allowed: {sorted(known)}"
        )
    return [
        Endpoint(
            manifest.name,
            urls[manifest.name] if urls is not None else f"http://127.0.0.1:{manifest.port}",
            manifest.timeout_s,
        )
        for manifest in manifests
        if urls is None or manifest.name in urls
    ]
