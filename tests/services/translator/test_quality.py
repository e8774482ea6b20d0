"""services.translator.quality: the figures and the order they give."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.translator.quality import (
    COLUMNS,
    QUALITY_FILE,
    Figures,
    Quality,
    QualityError,
    read_quality,
)

HEADER = "\t".join(COLUMNS)


def quality(**chrf: float) -> Quality:
    return Quality({(name, "en", "es"): Figures(60, one, 0, 0) for name, one in chrf.items()})


def test_measured_engines_come_by_their_figures() -> None:
    found = quality(argos=40.0, apertium=55.0)
    assert found.order(["argos", "apertium"], "en", "es") == ["apertium", "argos"]


def test_with_one_unmeasured_the_default_order_holds() -> None:
    found = quality(apertium=90.0)
    names = ["other", "apertium", "libretranslate", "argos"]
    assert found.order(names, "en", "es") == ["argos", "libretranslate", "apertium", "other"]
    assert found.chrf("argos", "en", "es") is None


def test_the_shipped_figures_can_be_read() -> None:
    assert isinstance(read_quality(QUALITY_FILE), Quality)


def test_a_line_is_read(tmp_path: Path) -> None:
    path = tmp_path / "quality.tsv"
    path.write_text(f"{HEADER}\napertium\ten\tes\t68\t55.5\t20.25\t0.5\n", encoding="utf-8")
    assert read_quality(path).chrf("apertium", "en", "es") == 55.5


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", 1),
        ("engine\tsource\n", 1),
        (f"{HEADER}\napertium\ten\tes\n", 2),
        (f"{HEADER}\napertium\ten\tes\t68\tx\t1\t0.5\n", 2),
    ],
)
def test_a_malformed_file_is_refused_by_line(text: str, line: int, tmp_path: Path) -> None:
    path = tmp_path / "quality.tsv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(QualityError, match=rf"quality\.tsv: line {line}"):
        read_quality(path)
