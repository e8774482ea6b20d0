"""`GET /v1/roles`: the roles a dialog can begin with."""

from __future__ import annotations

from services.contract import Body, Turn


class RoleInfo(Body):
    name: str
    title: str
    summary: str
    turns: list[Turn]
    """Put before every dialog in this role (LaMDA, section 5)."""
    examples: list[str]
    """Messages to begin with."""


class RolesResponse(Body):
    roles: list[RoleInfo]
