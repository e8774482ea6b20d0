"""Texts that once broke an invariant: found by a fuzzer, fixed since, and checked by the tests.

findings.jsonl holds one a line: the text, what it broke, and since when it no longer does so.
"""

from __future__ import annotations

import json
from pathlib import Path

FINDINGS = Path(__file__).with_suffix(".jsonl")


def findings() -> list[str]:
    lines = FINDINGS.read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["text"] for line in lines]
