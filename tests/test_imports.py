"""The import rules of the architecture, each a short test.

What a file names in an import statement is read from its source; what a module loads in the end is
read from sys.modules of a fresh process.
"""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("services", "gateway", "model_server", "deploy", "groundling")
SHARED = {"services.contract", "services.chassis"}
TOOLS = sorted(path.parent.name for path in (ROOT / "services").glob("*/tool.toml"))

FILES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}
IMPORTABLE = [module for module in FILES if not module.endswith("__main__")]


def imported(module: str, *, on_import: bool = False) -> set[str]:
    """The modules of ours that a file imports. on_import: only what runs when it is imported."""
    tree = ast.parse(FILES[module].read_text(encoding="utf-8"))
    found: set[str] = set()
    for node in _top_level(tree) if on_import else ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative imports hide the direction"
            assert node.module is not None
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                found.add(inside if inside in FILES else node.module)
    return {name for name in found if name.split(".")[0] in PACKAGES}


def _top_level(node: ast.AST) -> Iterator[ast.AST]:
    """Statements that run on import: no function bodies, nothing for type checkers only."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            continue
        if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
            continue
        yield child
        yield from _top_level(child)


def within(module: str, packages: set[str]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


def strays(package: str, allowed: set[str]) -> list[str]:
    """Every import of a package that leaves what it may import."""
    return [
        f"{module} imports {name}"
        for module in FILES
        if within(module, {package})
        for name in sorted(imported(module))
        if not within(name, allowed)
    ]


def loaded_by(*modules: str) -> set[str]:
    """Top-level packages and modules in sys.modules of a fresh process that imports `modules`."""
    program = f"import json, sys, {', '.join(modules)}; print(json.dumps(sorted(sys.modules)))"
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stderr.decode()
    return {name.split(".")[0] for name in json.loads(run.stdout)}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_tool_imports_its_own_folder_the_contract_and_the_chassis(tool: str) -> None:
    assert strays(f"services.{tool}", {f"services.{tool}", *SHARED}) == []


def test_the_contract_imports_nothing_of_ours() -> None:
    assert strays("services.contract", set()) == []


def test_the_chassis_imports_itself_and_the_contract() -> None:
    assert strays("services.chassis", SHARED) == []


@pytest.mark.parametrize("package", ["gateway", "model_server"])
def test_the_gateway_and_the_model_server_import_the_contract_and_the_chassis(package: str) -> None:
    assert strays(package, {package, *SHARED}) == []


def test_the_stack_starts_services_without_importing_them() -> None:
    assert strays("deploy", {"deploy", *SHARED}) == []


def test_the_command_knows_the_gateway_by_its_schemas_and_its_own_commands() -> None:
    doors = {"gateway.schemas", "gateway.commands"}
    assert strays("groundling", {"groundling", "deploy", *doors, *SHARED}) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {module: imported(module, on_import=True) & set(FILES) - {module} for module in FILES}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_the_contract_loads_nothing_heavier_than_pydantic() -> None:
    assert not loaded_by("services.contract") & {
        "fastapi",
        "starlette",
        "httpx",
        "uvicorn",
        "torch",
    }


def test_the_gateway_never_loads_what_tools_and_models_need() -> None:
    heavy = {"torch", "sympy", "rank_bm25", "lark", "babel", "numpy", "tokenizers", "mcp", "httpx2"}
    assert not loaded_by("gateway.app") & heavy


@pytest.mark.parametrize("module", ["gateway.orchestrator", "model_server.prompts"])
def test_the_loop_and_the_prompts_know_nothing_of_http(module: str) -> None:
    assert not loaded_by(module) & {"fastapi", "starlette", "httpx", "torch"}


def test_the_engine_knows_nothing_of_http() -> None:
    engine = [module for module in IMPORTABLE if within(module, {"model_server.engine"})]
    assert len(engine) > 1
    assert not loaded_by(*engine) & {"fastapi", "starlette", "httpx"}


WATCH_IMPORTS = """
import importlib, json, sys, threading

root, modules = sys.argv[1], sys.argv[2:]
WORK = ("open", "os.", "socket.", "subprocess.", "sqlite3.", "thread.", "shutil.")
seen = []

def hook(event, args):
    if not event.startswith(WORK):
        return
    frame = sys._getframe(1)
    while frame is not None and not frame.f_code.co_filename.startswith("<frozen importlib"):
        if frame.f_code.co_name == "<module>":
            if frame.f_code.co_filename.startswith(root):
                seen.append(f"{frame.f_code.co_filename}:{frame.f_lineno} {event} {args[:1]}")
            return
        frame = frame.f_back

start = threading.Thread.start

def audited_start(self):  # Python has no audit event for it before 3.12
    sys.audit("thread.start")
    start(self)

threading.Thread.start = audited_start
sys.addaudithook(hook)
for module in modules:
    importlib.import_module(module)
print(json.dumps(seen))
"""


def watch_imports(root: Path, *modules: str) -> list[str]:
    """What the modules' own top-level code does beyond the interpreter: files, threads, sockets.

    The import system's own reading, and what other packages do when imported, is not counted.
    """
    run = subprocess.run(
        [sys.executable, "-c", WATCH_IMPORTS, f"{root}/", *modules],
        cwd=root,
        capture_output=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr.decode()
    work: list[str] = json.loads(run.stdout.splitlines()[-1])
    return work


def test_importing_does_no_work() -> None:
    inside = tuple(f"{ROOT / package}/" for package in PACKAGES)
    assert [work for work in watch_imports(ROOT, *IMPORTABLE) if work.startswith(inside)] == []


@pytest.mark.parametrize(
    "statement",
    [
        "open(__file__)",
        "import threading; threading.Thread(target=int).start()",
        "import socket; socket.socket()",
        "import pathlib; pathlib.Path('made').mkdir()",
    ],
)
def test_work_done_while_importing_would_be_noticed(tmp_path: Path, statement: str) -> None:
    (tmp_path / "busy.py").write_text(f"def work():\n    {statement}\nwork()\n", encoding="utf-8")
    assert watch_imports(tmp_path, "busy") != []
