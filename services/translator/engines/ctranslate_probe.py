"""Loads a model in a process of its own, since a damaged one can bring its process down.

Covers: `python -m services.translator.engines.ctranslate_probe PACKAGE` and reading how it ended.
CTranslate2 notices a model that is cut short, but with changed bytes in it dies of a segmentation
fault (version 4.8). Does not cover: what else is wrong with a model; the loading itself says that.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from services.translator.engines.argos_packages import PackageError, read_package
from services.translator.engines.ctranslate import ModelError, SentenceModel
from services.translator.reading.languages import build_language_table

TIMEOUT_S = 60.0
FINE, REFUSED = 0, 3


def survives(path: Path) -> bool:
    """Whether loading the package and translating a word leaves a process alive; a blocking call.

    True also where it is refused with a reason: whoever loads it will be told.
    """
    command = [sys.executable, "-m", "services.translator.engines.ctranslate_probe", str(path)]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode in (FINE, REFUSED)


def main(path: Path) -> int:
    try:
        package = read_package(path, build_language_table())
        if package is None:
            return REFUSED
        SentenceModel(package.model_files(), package.pieces(), package.target_prefix)
    except (PackageError, ModelError):
        return REFUSED
    return FINE


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
