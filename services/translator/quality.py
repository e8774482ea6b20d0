"""How well each engine translates each pair: the figures the evaluation measured (quality.tsv).

Covers: reading the figures, and ordering engines and routes by them. Does not cover: measuring
(evaluation/translation), which engine is asked when (translate.py).

quality.tsv has one line per engine and pair, tab-separated: engine, source and target (CLDR
codes), sentences (how many were asked), chrf and bleu (0 to 100, sacrebleu's, a declined sentence
counting as an empty translation), exact (share of everyday phrases translated as accepted, 0 to 1).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

QUALITY_FILE = Path(__file__).with_name("quality.tsv")
COLUMNS = ("engine", "source", "target", "sentences", "chrf", "bleu", "exact")

DEFAULT_ORDER = ("argos", "libretranslate", "apertium")
"""Who is asked first for a sentence where nothing was measured: neural models, then rules."""


class QualityError(Exception):
    """The file of figures is malformed; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one engine for one pair."""

    sentences: int
    chrf: float
    bleu: float
    exact: float


class Quality:
    """The figures by (engine, source, target)."""

    def __init__(self, figures: Mapping[tuple[str, str, str], Figures] | None = None) -> None:
        self._figures = dict(figures or {})

    def chrf(self, engine: str, source: str, target: str) -> float | None:
        """chrF from 0 to 100; None: not measured."""
        found = self._figures.get((engine, source, target))
        return found.chrf if found is not None else None

    def order(self, engines: Iterable[str], source: str, target: str) -> list[str]:
        """The engines, best first: by chrF when each was measured for this pair, else all in the
        default order, since a figure says nothing about an engine that has none."""
        names = sorted(engines, key=lambda name: (_default_place(name), name))
        measured = {name: self.chrf(name, source, target) for name in names}
        if all(chrf is not None for chrf in measured.values()):
            names.sort(key=lambda name: -(measured[name] or 0.0))
        return names


def _default_place(engine: str) -> int:
    return DEFAULT_ORDER.index(engine) if engine in DEFAULT_ORDER else len(DEFAULT_ORDER)


def read_quality(path: Path = QUALITY_FILE) -> Quality:
    """The figures of a file; QualityError when it is malformed."""
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or tuple(lines[0].split("\t")) != COLUMNS:
        raise QualityError(f"{path}: line 1 must name the columns {', '.join(COLUMNS)}")
    figures: dict[tuple[str, str, str], Figures] = {}
    for number, line in enumerate(lines[1:], start=2):
        try:
            engine, source, target, sentences, chrf, bleu, exact = line.split("\t")
            measured = Figures(int(sentences), float(chrf), float(bleu), float(exact))
        except ValueError as error:
            raise QualityError(f"{path}: line {number} is not {len(COLUMNS)} figures") from error
        figures[engine, source, target] = measured
    return Quality(figures)
