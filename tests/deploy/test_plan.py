"""What is to be started, from manifests and options."""

from __future__ import annotations

import argparse
import json
import socket
from pathlib import Path
from typing import Any, ClassVar

import pytest

from deploy.options import add_options, plan_from
from deploy.plan import (
    GATEWAY,
    LOOPBACK,
    MODEL_SERVER,
    PlanError,
    Service,
    UsageError,
    check_ports,
    read_plan,
    with_ports,
)
from services.contract import discover_tools

SERVICE = 'name = "{name}"\nsummary = "s"\nport = {port}\napp = "{name}.app:build"\n'
TOOL = """
name = "{name}"
summary = "s"
port = {port}
order = {order}
app = "services.{name}.app:build"
timeout_s = 1.0
[[examples]]
input = "a"
results = []
"""


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_options(parser)
    return parser.parse_args(arguments)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, port in ((GATEWAY, 8080), (MODEL_SERVER, 8200)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "service.toml").write_text(SERVICE.format(name=name, port=port))
    for order, name in enumerate(("weather", "atlas")):
        (tmp_path / "services" / name).mkdir(parents=True)
        text = TOOL.format(name=name, port=8101 + order, order=order)
        (tmp_path / "services" / name / "tool.toml").write_text(text)
    return tmp_path


def test_a_tool_folder_is_all_it_takes_to_be_started(root: Path) -> None:
    names = [service.name for service in read_plan(root)]
    assert names == ["weather", "atlas", MODEL_SERVER, GATEWAY]


def test_the_products_own_plan_has_every_tool_the_model_server_and_the_gateway() -> None:
    names = [service.name for service in read_plan()]
    assert names == [*(tool.name for tool in discover_tools()), MODEL_SERVER, GATEWAY]


def test_scripted_changes_the_model_servers_app_and_nothing_else() -> None:
    real, scripted = read_plan(), read_plan(scripted=True)
    changed = [
        (one.app, other.app) for one, other in zip(real, scripted, strict=True) if one != other
    ]
    assert changed == [("model_server.app:build", "model_server.scripted:build")]


def test_the_gateway_is_told_where_the_others_are() -> None:
    plan = {one.name: one for one in plan_from(options("--free-ports", "--port", "9000"))}
    told = plan[GATEWAY].environment
    assert plan[GATEWAY].port == 9000
    assert told["GROUNDLING_GATEWAY_MODEL_URL"] == plan[MODEL_SERVER].url
    assert json.loads(told["GROUNDLING_GATEWAY_TOOL_URLS"]) == {
        tool.name: plan[tool.name].url for tool in discover_tools()
    }
    assert len({one.port for one in plan.values()}) == len(plan)


def test_only_starts_the_named_and_still_tells_the_gateway_of_all() -> None:
    (gateway,) = plan_from(options("--only", GATEWAY))
    assert "calculator" in json.loads(gateway.environment["GROUNDLING_GATEWAY_TOOL_URLS"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "calculater"], "no service is called calculater; there are: calculator"),
        (["--set-port", "calculater=1"], "must be NAME=PORT"),
        (["--set-port", "calculator"], "must be NAME=PORT"),
        (["--port", "70000"], "70000 is not a port"),
    ],
)
def test_wrong_usage_is_named(arguments: list[str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        plan_from(options(*arguments))


def test_a_service_toml_with_a_wrong_field_is_refused_by_file_and_field(root: Path) -> None:
    path = root / GATEWAY / "service.toml"
    path.write_text(path.read_text().replace("port", "prot"))
    with pytest.raises(PlanError, match=r"(?s)gateway/service\.toml.*prot"):
        read_plan(root)


def test_two_services_on_one_port_are_refused() -> None:
    twins = [Service("one", "a:b", 9000), Service("two", "a:b", 9000)]
    with pytest.raises(PlanError, match="two and one both want 9000"):
        check_ports(twins)


class LowestFreePort(socket.socket):
    """Bound to port 0, it takes the lowest port that no other one holds, from 1 on."""

    held: ClassVar[set[int]] = set()

    def bind(self, address: Any) -> None:
        self.port = min(set(range(1, 100)) - self.held)
        self.held.add(self.port)

    def getsockname(self) -> tuple[str, int]:
        return (LOOPBACK, self.port)

    def close(self) -> None:
        self.held.discard(self.port)
        super().close()


def test_free_ports_are_held_until_all_are_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may give a port again as soon as it is let go."""
    monkeypatch.setattr(socket, "socket", LowestFreePort)
    services = [Service(name, "a:b", 9000) for name in ("one", "two", "three")]
    chosen = with_ports(services, {"one": 0, "two": 0})
    assert [service.port for service in chosen] == [1, 2, 9000]
    assert not LowestFreePort.held


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://127.0.0.1:80"),
        ("::1", "http://[::1]:80"),
        ("example.org", "http://example.org:80"),
    ],
)
def test_a_url_is_one_that_this_machine_can_reach(host: str, url: str) -> None:
    assert Service("one", "a:b", 80, host).url == url


def test_only_the_gateway_listens_where_it_is_told_to() -> None:
    plan = plan_from(options("--host", "0.0.0.0"))
    assert {one.name: one.host for one in plan if one.host != LOOPBACK} == {GATEWAY: "0.0.0.0"}


def test_the_host_may_be_given_by_the_gateways_own_setting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GROUNDLING_GATEWAY_HOST", "::1")
    assert {one.host for one in plan_from(options()) if one.name == GATEWAY} == {"::1"}
