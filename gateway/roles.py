"""Roles: a few turns put before a dialog that say who speaks (LaMDA, section 5, domain grounding).

Covers: reading roles/*.toml, the built-in folder and the user's. Does not cover: what a turn does
with them (gateway.turns).

A file NAME.toml:

    title = "Mount Everest"
    summary = "The mountain speaks of itself."
    examples = ["How tall are you?"]

    [[turns]]
    role = "assistant"
    content = "Hi, I'm Mount Everest. What would you like to know about me?"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from fastapi import APIRouter
from pydantic import Field, ValidationError, model_validator

from gateway.schemas import RoleInfo, RolesResponse
from gateway.settings import PREFIX, Settings
from services.chassis import SettingsError
from services.contract import Body, Line, Turn

BUILT_IN = Path(__file__).resolve().parent.parent / "roles"
MAX_ROLE_TURNS = 16
MAX_ROLE_CHARS = 4_000
"""Of all its turns together: they stay in the model's context with every turn of the dialog."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")

Roles = Mapping[str, RoleInfo]
"""By name, in the order of their names."""


class RoleFile(Body):
    title: Line
    summary: Line
    examples: Annotated[list[Line], Field(max_length=8)] = Field(default_factory=list)
    turns: Annotated[list[Turn], Field(min_length=1, max_length=MAX_ROLE_TURNS)]

    @model_validator(mode="after")
    def _fit_in_the_context(self) -> Self:
        chars = sum(len(turn.content) for turn in self.turns)
        if chars > MAX_ROLE_CHARS:
            raise ValueError(f"turns: {chars} characters; at most {MAX_ROLE_CHARS} are allowed")
        return self


def roles_of(settings: Settings) -> Roles:
    """The built-in roles and the user's; SettingsError names a bad file, or folder."""
    named = settings.roles_dir
    if named is not None and not named.is_dir():
        raise SettingsError(f"{PREFIX}ROLES_DIR={str(named)!r}: is no folder")
    return read_roles(BUILT_IN, named or settings.data_dir / "roles")


def read_roles(*folders: Path) -> Roles:
    """All roles of the folders that exist; a later folder's win. SettingsError names a bad file."""
    found = {
        path.stem: _read(path)
        for folder in folders
        if folder.is_dir()
        for path in sorted(folder.glob("*.toml"))
    }
    return {name: found[name] for name in sorted(found)}


def _read(path: Path) -> RoleInfo:
    if not _NAME.fullmatch(path.stem):
        raise SettingsError(
            f"{path}: a role's file is named after the role: lower-case letters, digits, - and _"
        )
    try:
        role = RoleFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise SettingsError(f"{path}: cannot be read as TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        said = first["msg"].removeprefix("Value error, ")
        raise SettingsError(f"{path}: {where}: {said}" if where else f"{path}: {said}") from error
    return RoleInfo(name=path.stem, **{key: getattr(role, key) for key in RoleFile.model_fields})


def role_routes(roles: Roles) -> APIRouter:
    router = APIRouter(tags=["roles"])

    @router.get("/v1/roles", summary="The roles a dialog can begin with")
    async def list_roles() -> RolesResponse:
        return RolesResponse(roles=list(roles.values()))

    return router
