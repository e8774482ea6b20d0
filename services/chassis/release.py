"""Which groundling this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def release(unknown: str) -> str:
    """The installed version; `unknown` for a checkout that is not installed."""
    try:
        return version("groundling")
    except PackageNotFoundError:
        return unknown
