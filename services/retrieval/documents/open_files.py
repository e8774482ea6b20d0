"""Room for the index's files: each that is mapped takes a file descriptor, about ten a collection.

Systems start a process with 1,024 (Linux) or 256 (macOS), and let it take more if it asks.
"""

from __future__ import annotations

import resource

WANTED = (65_536, 10_240)
"""macOS may refuse the first, whatever its limit says."""


def allow_many() -> None:
    """Raise this process's own limit as far as it may; never lowers it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for wanted in WANTED:
        most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        if soft == resource.RLIM_INFINITY or soft >= most:
            return
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
        except (OSError, ValueError):
            continue
        return
