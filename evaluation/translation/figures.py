"""Writing what was measured where the translator reads it: services/translator/quality.tsv.

Covers: replacing the lines that were measured anew, keeping the others (an engine that is not
installed here may have been measured elsewhere). Does not cover: reading them
(services/translator/quality.py, which says what the columns mean).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from evaluation.translation.asking import Row
from services.translator.quality import COLUMNS


def record(path: Path, rows: Sequence[Row]) -> None:
    """Write the file anew, sorted by engine and pair."""
    lines = path.read_text(encoding="utf-8").splitlines()[1:] if path.exists() else []
    kept = {tuple(line.split("\t")[:3]): line for line in lines if line}
    kept |= {(row.engine, row.source, row.target): _line(row) for row in rows}
    ordered = [kept[place] for place in sorted(kept)]
    path.write_text("\n".join(("\t".join(COLUMNS), *ordered)) + "\n", encoding="utf-8")


def _line(row: Row) -> str:
    sentences = row.sentences
    figures = (f"{sentences.chrf:.1f}", f"{sentences.bleu:.1f}", f"{row.phrases.exact:.3f}")
    return "\t".join((row.engine, row.source, row.target, str(sentences.asked), *figures))
