"""The optional packages of the system's package manager that a tool's system_packages.txt lists.

Covers: installing them where that needs no question (apt-get, as root or by passwordless sudo), and
saying what to run where it does. Does not cover: package managers other than apt; a tool works
without these packages and says in /readyz what it lacks.

GROUNDLING_SYSTEM_PACKAGES=no leaves the system alone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

VARIABLE = "GROUNDLING_SYSTEM_PACKAGES"
LIST_FILE = "system_packages.txt"
LOOK_TIMEOUT_S = 30
STEP_TIMEOUT_S = 300
"""For each of: refreshing the lists, downloading, installing."""
MARGIN_S = 30

Run = Callable[[Sequence[str], Path | None], bool]
"""Run a command, its output appended to the file (None: nowhere); whether it succeeded."""


def listed_packages(folder: Path) -> list[str]:
    """The names in every `<folder>/*/system_packages.txt`, one a line; # begins a comment."""
    names: dict[str, None] = {}
    for path in sorted(folder.glob(f"*/{LIST_FILE}")):
        for line in path.read_text(encoding="utf-8").splitlines():
            if name := line.partition("#")[0].strip():
                names[name] = None
    return list(names)


def install(names: Sequence[str], data_dir: Path, environ: Mapping[str, str], run: Run) -> str:
    """Install what is missing, once per list of names. Returns one line on how it went."""
    if environ.get(VARIABLE, "").lower() in ("no", "0", "false"):
        return f"left alone ({VARIABLE}=no)"
    stamp = data_dir / "setup" / "system_packages"
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return "seen to before (again: groundling setup --again)"
    outcome = _install(names, data_dir / "logs" / "system_packages.log", run)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(digest, encoding="ascii")
    return outcome


def forget(data_dir: Path) -> None:
    """Have the next `install` try again."""
    (data_dir / "setup" / "system_packages").unlink(missing_ok=True)


def _install(names: Sequence[str], log: Path, run: Run) -> str:
    if shutil.which("apt-get") is None:
        return f"none here: apt-get was not found (optional: {' '.join(names)})"
    missing = [name for name in names if not run(["dpkg", "-s", name], None)]
    if not missing:
        return f"all {len(names)} are installed"
    by_hand = f"optional, to install them: sudo apt-get install {' '.join(missing)}"
    root = os.geteuid() == 0
    if not root and not (shutil.which("sudo") and run(["sudo", "-n", "true"], None)):
        return by_hand
    log.parent.mkdir(parents=True, exist_ok=True)

    def apt(*arguments: str) -> bool:
        return run([*_prefix(root), "apt-get", *arguments], log)

    if not _known(missing, run):
        apt("update")
    known = _known(missing, run)
    wanted = ["install", "-y", "--no-install-recommends", *known]
    # A download can be cut at any time, unpacking should not be: it comes after, without network.
    if known and apt(*wanted, "--download-only") and apt(*wanted, "--no-download"):
        return f"installed {len(known)} of {len(missing)}"
    return f"could not be installed (see {log}); {by_hand}"


def _known(names: Iterable[str], run: Run) -> list[str]:
    """Those the package lists on this machine know; one unknown name would fail them all."""
    return [name for name in names if run(["apt-cache", "show", "--no-all-versions", name], None)]


def _prefix(root: bool) -> list[str]:
    limit = ["timeout", "--signal=INT", f"--kill-after={MARGIN_S}", str(STEP_TIMEOUT_S)]
    frontend = ["env", "DEBIAN_FRONTEND=noninteractive"]
    return [*([] if root else ["sudo", "-n"]), *limit, *frontend]


def run_command(command: Sequence[str], log: Path | None) -> bool:
    """The real `Run`. Every command ends by itself or is cut."""
    timeout_s = LOOK_TIMEOUT_S if log is None else STEP_TIMEOUT_S + 2 * MARGIN_S
    try:
        with (log or Path(os.devnull)).open("ab") as output:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=timeout_s,
                check=False,
            )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
