from __future__ import annotations

import re
from pathlib import Path

import pytest

import services
from services.contract import ManifestError, ToolManifest, discover_tools, read_manifest

FOLDER = Path(services.__file__).parent


def test_every_tool_folder_has_a_manifest() -> None:
    with_app = {path.parent.name for path in FOLDER.glob("*/app.py")} - {"chassis"}
    assert with_app == {tool.name for tool in discover_tools()}


def test_the_toolset_has_the_papers_tools_in_the_papers_order() -> None:
    names = [tool.name for tool in discover_tools()]
    paper = ["calculator", "translator", "retrieval"]
    assert [name for name in names if name in paper] == paper


def test_a_manifest_tells_what_its_folder_does(tool: ToolManifest) -> None:
    assert read_manifest(FOLDER / tool.name / "tool.toml") == tool, "named like its folder"
    assert tool.app == f"services.{tool.name}.app:build"
    assert tool.summary.endswith(".")


def test_a_manifests_examples_show_an_answer_and_a_decline(tool: ToolManifest) -> None:
    assert any(example.results or example.matches for example in tool.examples)
    assert any(example.results == [] for example in tool.examples)
    for example in tool.examples:
        re.compile(example.matches or "")


def test_a_manifest_with_a_missing_or_unknown_field_is_refused_by_name(tmp_path: Path) -> None:
    good = (FOLDER / "calculator" / "tool.toml").read_text(encoding="utf-8")
    for bad, field in (
        (good.replace("port = ", "prot = "), "prot"),
        (good.replace("order = 1\n", ""), "order"),
        (good.replace('name = "', 'name = "Bad '), "name"),
    ):
        path = tmp_path / "tool.toml"
        path.write_text(bad, encoding="utf-8")
        with pytest.raises(ManifestError, match=field):
            read_manifest(path)


@pytest.mark.parametrize("shared", ["name", "port", "order"])
def test_two_tools_cannot_share_a_name_a_port_or_a_place(tmp_path: Path, shared: str) -> None:
    first = {"name": '"one"', "port": "1", "order": "1"}
    second = {"name": '"two"', "port": "2", "order": "2"} | {shared: first[shared]}
    for folder, values in (("a", first), ("b", second)):
        (tmp_path / folder).mkdir()
        lines = [f"{key} = {value}" for key, value in values.items()]
        rest = ['summary = "S."', 'app = "a.b:build"', "timeout_s = 1.0", "[[examples]]"]
        text = "\n".join([*lines, *rest, 'input = "x"', "results = []"])
        (tmp_path / folder / "tool.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ManifestError, match=f"share a {shared}"):
        discover_tools(tmp_path)
