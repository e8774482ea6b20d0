"""`python -m services.retrieval.build [--data-dir DIR] [--force]`: set-up of the default facts."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from services.retrieval.build import build_facts, is_current, missing_packages
from services.retrieval.facts.fact import FACTS_FILE, FactsError
from services.retrieval.settings import default_data_dir


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m services.retrieval.build", description=__doc__)
    parser.add_argument(
        "--data-dir",
        type=Path,
        default=None,
        help="where facts.tsv goes (default: GROUNDLING_RETRIEVAL_DATA_DIR, else the data folder)",
    )
    parser.add_argument("--force", action="store_true", help="build even when nothing has changed")
    options = parser.parse_args(arguments)
    data_dir: Path = options.data_dir if options.data_dir is not None else default_data_dir()
    if is_current(data_dir) and not options.force:
        print(f"{data_dir / FACTS_FILE} is up to date")
        return 0
    if missing := missing_packages():
        names = " ".join(missing)
        print(f"data packages are missing; install them: pip install {names}", file=sys.stderr)
        return 1
    started = time.monotonic()
    try:
        count = build_facts(data_dir, lambda line: print(line, flush=True))
    except (FactsError, OSError) as error:
        print(f"the facts could not be built: {error}", file=sys.stderr)
        return 1
    elapsed_s = time.monotonic() - started
    print(f"{count:>7,} facts written to {data_dir / FACTS_FILE} in {elapsed_s:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
