"""`groundling facts lint [FILE…]`: check facts files before the service reads them.

The checks are the retrieval service's and run in a process of their own, since this package imports
no service. Exit status: 0 clean, 1 findings or a file that cannot be read, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import subprocess
import sys

LINT_MODULE = "services.retrieval.build.lint"
LINT_TIMEOUT_S = 600.0


def add_facts_options(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    lint = actions.add_parser(
        "lint",
        help="find duplicates, contradictions and malformed values",
        description="Find duplicates, contradictions and malformed values. Each finding is a line "
        "with file, line and column.",
    )
    lint.add_argument(
        "files", nargs="*", metavar="FILE", help="facts files; none: the default facts, all of them"
    )
    lint.set_defaults(run=run_lint)


def run_lint(options: argparse.Namespace) -> int:
    try:
        done = subprocess.run(
            # -P: a folder named "services" where the user stands is not ours.
            [sys.executable, "-P", "-m", LINT_MODULE, "--", *options.files],
            timeout=LINT_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        print(f"error: not done after {LINT_TIMEOUT_S:.0f} s", file=sys.stderr)
        return 1
    return done.returncode
