"""Check one text in a process of its own, which nothing that was asked before can have changed.

python -m fuzz.afresh < FILE      prints what the text breaks, with exit status 3, or nothing
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from fuzz.invariants import AlgebraCut, Finding, check, load

_ROOT = Path(__file__).parent.parent
BROKEN = 3  # 1 and 2 are Python's own


def breaks_afresh(text: str) -> bool:
    """Whether the text breaks an invariant in a new process. RuntimeError: that one failed."""
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.afresh"],
        input=text.encode("utf-8", errors="surrogatepass"),
        cwd=_ROOT,
        stdout=subprocess.DEVNULL,
        check=False,
    )
    if done.returncode not in (0, BROKEN):
        raise RuntimeError(f"a new process ended with status {done.returncode}")
    return done.returncode == BROKEN


def main() -> int:
    text = sys.stdin.buffer.read().decode("utf-8", errors="surrogatepass")
    load()
    try:
        check(text)
    except AlgebraCut:
        return 0
    except Finding as finding:
        print(finding)
        return BROKEN
    return 0


if __name__ == "__main__":
    sys.exit(main())
