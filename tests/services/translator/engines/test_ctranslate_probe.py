"""services.translator.engines.ctranslate_probe: a damaged model ends its own process only."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from services.translator.engines.ctranslate_probe import REFUSED, main, survives

TINY = Path(__file__).with_name("tiny_en_fr")


def test_a_good_model_survives() -> None:
    assert survives(TINY)


def test_a_refused_package_survives_and_is_told_apart(tmp_path: Path) -> None:
    assert main(tmp_path) == REFUSED
    package = shutil.copytree(TINY, tmp_path / "p")
    (package / "model" / "model.bin").write_bytes(b"short")
    assert main(package) == REFUSED
    assert survives(package)


@pytest.mark.parametrize(("field", "place"), [(b"num_heads", 7), (b"alignment_layer", 7)])
def test_a_model_that_ends_its_process_ends_the_trial_only(
    field: bytes, place: int, tmp_path: Path
) -> None:
    package = shutil.copytree(TINY, tmp_path / "p")
    model = package / "model" / "model.bin"
    content = bytearray(model.read_bytes())
    content[content.index(field) + len(field) + place] = 0  # no heads; a layer it has not
    model.write_bytes(content)
    assert not survives(package)
