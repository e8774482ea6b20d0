"""services.translator.engines.apertium.modes: reading mode files and finding routes."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.translator.engines.apertium.modes import (
    ModeError,
    installed_modes,
    read_pipeline,
)
from services.translator.reading.languages import LanguageTable

PIPELINE = (
    "lt-proc '/a/eng spa.bin' | apertium-tagger -g $2 '/a/x.prob' | lt-proc $1 '/a/gen.bin'\n"
)


def write_modes(folder: Path, *names: str) -> None:
    (folder / "modes").mkdir()
    for name in names:
        (folder / "modes" / f"{name}.mode").write_text(PIPELINE, encoding="utf-8")


def test_a_pipeline_becomes_argument_lists_with_null_flush(tmp_path: Path) -> None:
    write_modes(tmp_path, "eng-spa")
    assert read_pipeline(tmp_path / "modes" / "eng-spa.mode") == [
        ["lt-proc", "-z", "/a/eng spa.bin"],
        ["apertium-tagger", "-z", "-g", "/a/x.prob"],
        ["lt-proc", "-z", "-d", "/a/gen.bin"],
    ]


@pytest.mark.parametrize(
    "text", ["lt-proc a; rm b", "lt-proc a | | lt-proc b", "lt-proc $(a)", "a > b", "a && b", ""]
)
def test_anything_but_a_plain_pipeline_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "eng-spa.mode"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ModeError, match=r"eng-spa\.mode"):
        read_pipeline(path)


def test_codes_of_both_lengths_are_read_and_variants_left_out(
    tmp_path: Path, languages: LanguageTable
) -> None:
    write_modes(
        tmp_path, "eng-spa", "es-pt", "es-pt_BR", "eng-cat_valencia", "eco-es-fr", "en-eo-x"
    )
    modes = installed_modes(tmp_path, languages)
    assert [(mode.name, mode.source, mode.target, mode.region) for mode in modes] == [
        ("eng-spa", "en", "es", ""),
        ("es-pt", "es", "pt", ""),
        ("es-pt_BR", "es", "pt", "BR"),
    ]


def test_nothing_installed_means_no_modes(tmp_path: Path, languages: LanguageTable) -> None:
    assert installed_modes(tmp_path, languages) == []
