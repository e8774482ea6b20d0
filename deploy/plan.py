"""What the stack is made of: each process's name, app and address, read from the manifests.

Covers: gateway/service.toml, model_server/service.toml and every services/*/tool.toml; which of
them to start, on which ports, and the settings that tell each where the others are.
Does not cover: starting anything (deploy.process) nor a service's own settings (its settings.py).

    PlanError          the stack cannot be started: a manifest is wrong, an address is taken
    └── UsageError     what was asked for does not exist: a name, a port
"""

from __future__ import annotations

import json
import socket
import tomllib
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

from pydantic import Field, ValidationError

from services.contract import Body, ManifestError, discover_tools

ROOT = Path(__file__).resolve().parent.parent
GATEWAY = "gateway"
MODEL_SERVER = "model_server"
SCRIPTED_APP = "model_server.scripted:build"
LOOPBACK = "127.0.0.1"
ANYWHERE = ("0.0.0.0", "::", "")


class PlanError(Exception):
    """The stack cannot be started as asked; the message says what to change."""


class UsageError(PlanError):
    """The command line asks for something that does not exist."""


class ServiceManifest(Body):
    """`service.toml` of the gateway and of the model server."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    summary: str
    port: int = Field(ge=1, le=65535)
    app: str = Field(pattern=r"^[a-z_.]+:[a-z_]+$")
    exposure_check: str | None = Field(default=None, pattern=r"^[a-z_.]+$")
    """Module that says whether the service may listen where others reach it, see deploy.exposure.
    None: it may."""


@dataclass(frozen=True, slots=True)
class Service:
    """One process of the stack."""

    name: str
    app: str
    """The app factory, "package.module:build"."""
    port: int
    host: str = LOOPBACK
    environment: Mapping[str, str] = field(default_factory=dict)
    """Settings on top of the stack's own environment."""
    exposure_check: str | None = None

    @property
    def url(self) -> str:
        """Where this machine reaches it: by loopback where the host means every address."""
        host = LOOPBACK if self.host in ANYWHERE else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


def read_service(path: Path) -> ServiceManifest:
    try:
        return ServiceManifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise PlanError(f"{path}: {error}") from error


def read_plan(root: Path = ROOT, *, scripted: bool = False) -> list[Service]:
    """Every process: the tools in toolset order, the model server, the gateway."""
    try:
        tools = discover_tools(root / "services")
    except ManifestError as error:
        raise PlanError(str(error)) from error
    if not tools:
        raise PlanError(f"no tool.toml was found under {root / 'services'}")
    model = read_service(root / MODEL_SERVER / "service.toml")
    gateway = read_service(root / GATEWAY / "service.toml")
    app = SCRIPTED_APP if scripted else model.app
    return [
        *(Service(tool.name, tool.app, tool.port) for tool in tools),
        Service(model.name, app, model.port),
        Service(gateway.name, gateway.app, gateway.port, exposure_check=gateway.exposure_check),
    ]


def with_ports(services: Iterable[Service], ports: Mapping[str, int]) -> list[Service]:
    """The same services, some of them on other ports; port 0 becomes a free one."""
    with ExitStack() as held:  # until all are chosen, so that none is chosen twice
        return [
            replace(service, port=ports[service.name] or _hold_free_port(service.host, held))
            if service.name in ports
            else service
            for service in services
        ]


def at_host(services: Iterable[Service], name: str, host: str) -> list[Service]:
    return [replace(one, host=host) if one.name == name else one for one in services]


def connected(services: Iterable[Service]) -> list[Service]:
    """The same services, the gateway told where the tools and the model server are."""
    known = list(services)
    tools = {one.name: one.url for one in known if one.name not in (GATEWAY, MODEL_SERVER)}
    model = next(one for one in known if one.name == MODEL_SERVER)
    addresses = {
        "GROUNDLING_GATEWAY_TOOL_URLS": json.dumps(tools),
        "GROUNDLING_GATEWAY_MODEL_URL": model.url,
    }
    return [
        replace(one, environment={**addresses, **one.environment}) if one.name == GATEWAY else one
        for one in known
    ]


def only(services: Iterable[Service], names: Collection[str]) -> list[Service]:
    """The named services; no name at all means every one."""
    known = list(services)
    if unknown := sorted(set(names) - {one.name for one in known}):
        choices = ", ".join(one.name for one in known)
        raise UsageError(f"no service is called {', '.join(unknown)}; there are: {choices}")
    return [one for one in known if not names or one.name in names]


def free_port(host: str = LOOPBACK) -> int:
    """A port nothing listens on now. Another process may take it before it is used."""
    with ExitStack() as held:
        return _hold_free_port(host, held)


def _hold_free_port(host: str, held: ExitStack) -> int:
    """A port that stays bound until `held` ends."""
    # Without SO_REUSEADDR, with which Linux may give the port of a socket that is still bound.
    probe = held.enter_context(socket.socket(_family(host), socket.SOCK_STREAM))
    probe.bind((host, 0))
    return int(probe.getsockname()[1])


def check_ports(services: Iterable[Service]) -> None:
    """Raise PlanError when an address is taken or cannot be used, before anything is started."""
    taken: dict[int, str] = {}
    for service in services:
        if service.port in taken:
            raise PlanError(f"{service.name} and {taken[service.port]} both want {service.port}")
        taken[service.port] = service.name
        try:
            with _socket(service.host) as probe:
                probe.bind((service.host, service.port))
        except (OSError, OverflowError) as error:
            raise PlanError(
                f"port {service.port} of {service.host}, which {service.name} needs, "
                f"cannot be used: {getattr(error, 'strerror', None) or error}. "
                f"Stop what listens there, or choose another: --set-port {service.name}=PORT"
            ) from error


def _socket(host: str) -> socket.socket:
    probe = socket.socket(_family(host), socket.SOCK_STREAM)
    # As uvicorn does, so that a port in TIME_WAIT counts as free, and one in use as taken.
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return probe


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET
