"""The stack's command line: what `groundling up` and `python -m deploy` accept.

Covers: the options, turning them into a plan, and what is said when everything is ready.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.data_dir import VARIABLE, data_dir_from
from deploy.exposure import check_exposure
from deploy.plan import (
    GATEWAY,
    LOOPBACK,
    PlanError,
    Service,
    UsageError,
    at_host,
    connected,
    only,
    read_plan,
    with_ports,
)
from deploy.progress import Progress, progress_for
from deploy.stack import READY_TIMEOUT_S, Stack

HOST_VARIABLE = "GROUNDLING_GATEWAY_HOST"
EXAMPLE = "How old is Rafael Nadal?"


def add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--scripted",
        action="store_true",
        help="in place of the language model, the scripted stand-in (no weights; says so)",
    )
    parser.add_argument(
        "--host",
        default=os.environ.get(HOST_VARIABLE, LOOPBACK),
        help="address the gateway listens on; where others reach it, they need an API key, see "
        "`groundling keys` (default: %(default)s)",
    )
    parser.add_argument(
        "--port", type=int, metavar="PORT", help="the gateway's port (default: its service.toml's)"
    )
    parser.add_argument(
        "--set-port",
        action="append",
        default=[],
        metavar="NAME=PORT",
        help="another port for one service; may be given again",
    )
    parser.add_argument(
        "--free-ports",
        action="store_true",
        help="any free port for every service whose port is not given",
    )
    parser.add_argument(
        "--only",
        default="",
        metavar="NAME,…",
        help="start these services; the others are expected at their ports",
    )
    parser.add_argument(
        "--ready-timeout",
        type=float,
        default=READY_TIMEOUT_S,
        metavar="S",
        help="seconds until each service must be ready (default: %(default)g)",
    )


def plan_from(options: argparse.Namespace) -> list[Service]:
    services = read_plan(scripted=options.scripted)
    names = {service.name for service in services}
    ports = dict.fromkeys(names, 0) if options.free_ports else {}
    ports |= _given_ports(options.set_port, names)
    if options.port is not None:
        ports[GATEWAY] = options.port
    if bad := sorted(port for port in ports.values() if not 0 <= port <= 65535):
        raise UsageError(f"{bad[0]} is not a port; ports are 0 (any free one) to 65535")
    services = with_ports(at_host(services, GATEWAY, options.host), ports)
    return only(connected(services), [name for name in options.only.split(",") if name])


def _given_ports(pairs: Sequence[str], names: set[str]) -> dict[str, int]:
    ports = {}
    for pair in pairs:
        name, _, port = pair.partition("=")
        if name not in names or not port.isdecimal():
            choices = ", ".join(sorted(names))
            raise UsageError(f"--set-port {pair}: must be NAME=PORT, NAME one of {choices}")
        ports[name] = int(port)
    return ports


def run_stack(options: argparse.Namespace) -> int:
    """Start the stack the options describe; returns when it has stopped, with the exit status."""
    data_dir = data_dir_from(os.environ)
    try:
        services = plan_from(options)
        data_dir.mkdir(parents=True, exist_ok=True)
        # The gateway is told where it listens, whatever the environment said of it.
        environ = {**os.environ, VARIABLE: str(data_dir), HOST_VARIABLE: options.host}
        check_exposure(services, environ)
        progress = progress_for(sys.stdout)
        stack = Stack(services, data_dir, environ, progress, ready_timeout_s=options.ready_timeout)
        return stack.run(
            lambda elapsed_s: announce(services, data_dir, progress, elapsed_s, options.scripted)
        )
    except (PlanError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1


def announce(
    services: Sequence[Service],
    data_dir: Path,
    progress: Progress,
    elapsed_s: float,
    scripted: bool,
) -> None:
    gateway = next((one for one in services if one.name == GATEWAY), None)
    if gateway is None:
        progress.line(f"ready after {elapsed_s:.1f} s: {', '.join(one.name for one in services)}")
        return
    command = shutil.which("groundling") or str(Path(sys.executable).with_name("groundling"))
    at = "" if gateway.url == "http://127.0.0.1:8080" else f" --url {gateway.url}"
    body = f'{{"message": "{EXAMPLE}"}}'
    address = gateway.url.replace("http://127.0.0.1", "localhost").removeprefix("http://")
    said = [
        "",
        f"groundling is ready after {elapsed_s:.1f} s: {gateway.url}",
        f"  ask   curl -s {address}/v1/chat -H 'content-type: application/json' -d '{body}'",
        f"  chat  {gateway.url}/ in a browser, or {_short(command)} chat{at}",
        f"  logs  {_short(data_dir / 'logs')}",
        "  stop  Ctrl-C",
    ]
    if scripted:
        said.insert(
            2, "  the model is the scripted stand-in: its replies are not a language model's"
        )
    for line in said:
        progress.line(line)


def _short(path: str | Path) -> str:
    """The path from here where it lies below, else in full."""
    absolute = Path(path).absolute()
    here = Path.cwd()
    return str(absolute.relative_to(here) if absolute.is_relative_to(here) else absolute)
