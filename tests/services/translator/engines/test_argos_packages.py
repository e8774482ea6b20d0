"""services.translator.engines.argos_packages: what is found in a folder, and what is wrong."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from services.translator.engines import argos_packages
from services.translator.engines.argos_packages import PackageError, read_package
from services.translator.reading.languages import LanguageTable

TINY = Path(__file__).with_name("tiny_en_fr")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return shutil.copytree(TINY, tmp_path / "translate-en_fr-1_0")


def zipped(folder: Path, top: str = "en_fr/") -> Path:
    path = folder.with_suffix(".argosmodel")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, top + file.relative_to(folder).as_posix())
    return path


def edit(path: Path, **fields: object) -> None:
    metadata = json.loads((path / "metadata.json").read_text(encoding="utf-8")) | fields
    (path / "metadata.json").write_text(json.dumps(metadata), encoding="utf-8")


@pytest.mark.parametrize("top", ["", "en_fr/", "a folder/"])
def test_archive_and_folder_hold_the_same_package(
    top: str, package: Path, languages: LanguageTable
) -> None:
    folder, archive = (
        read_package(package, languages),
        read_package(zipped(package, top), languages),
    )
    assert folder is not None
    assert archive is not None
    for one in (folder, archive):
        assert (one.source.code, one.target.code, one.target_prefix) == ("en", "fr", "")
    assert folder.model_files() == archive.model_files()
    assert set(folder.model_files()) == {"model.bin", "config.json", "shared_vocabulary.json"}
    assert folder.pieces() == archive.pieces()


@pytest.mark.parametrize("name", ["en-fr", "eng_fra", "opus-mt-en-fr", "EN-fr"])
def test_a_plain_folder_is_named_after_its_pair(
    name: str, package: Path, languages: LanguageTable
) -> None:
    plain = package.with_name(name)
    shutil.copytree(package / "model", plain)
    for side in ("source.spm", "target.spm"):
        shutil.copy(package / "sentencepiece.model", plain / side)
    found = read_package(plain, languages)
    assert found is not None
    assert (found.source.code, found.target.code) == ("en", "fr")
    assert "model.bin" in found.model_files()


def test_libretranslate_s_own_codes_are_known(package: Path, languages: LanguageTable) -> None:
    edit(package, from_code="pb", to_code="zt", target_prefix=">>cmn<<")
    found = read_package(package, languages)
    assert found is not None
    assert (found.source.locale, found.target.locale) == ("pt_BR", "zh_Hant")
    assert found.target_prefix == ">>cmn<<"


def test_other_things_in_the_folder_are_no_packages(
    tmp_path: Path, package: Path, languages: LanguageTable
) -> None:
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    edit(package, type="sbd")
    for path in tmp_path.iterdir():
        assert read_package(path, languages) is None


Harm = Callable[[Path], object]
HARMS: dict[str, Harm] = {
    "metadata.json is not JSON": lambda path: (path / "metadata.json").write_text("{"),
    "metadata.json is not an object": lambda path: (path / "metadata.json").write_text("[]"),
    "metadata.json is too large": lambda path: (path / "metadata.json").write_text(" " * 10**5),
    "its to_code is missing or names no language": lambda path: edit(path, to_code="klingonese"),
    "its from_code is missing or names no language": lambda path: edit(path, from_code=None),
    "model.bin is missing or empty": lambda path: (path / "model/model.bin").write_bytes(b""),
    "the model's vocabulary is missing": lambda path: (
        path / "model/shared_vocabulary.json"
    ).unlink(),
    "sentencepiece.model is missing or empty": lambda path: (path / "sentencepiece.model").unlink(),
    "it has bpe.model, which is not supported: only sentencepiece.model is": lambda path: (
        path / "sentencepiece.model"
    ).rename(path / "bpe.model"),
}


@pytest.mark.parametrize("message", HARMS)
@pytest.mark.parametrize("archived", [False, True])
def test_what_is_wrong_is_named(
    message: str, archived: bool, package: Path, languages: LanguageTable
) -> None:
    HARMS[message](package)
    with pytest.raises(PackageError) as found:
        read_package(zipped(package) if archived else package, languages)
    assert str(found.value) == message


def test_a_model_without_a_pair_in_its_name_is_named(
    package: Path, languages: LanguageTable
) -> None:
    (package / "metadata.json").unlink()
    with pytest.raises(PackageError, match="its name is no pair") as found:
        read_package(package.rename(package.with_name("model of mine")), languages)
    assert "mine" not in str(found.value)


@pytest.mark.parametrize("left", [0, 10, 1_000, -1])
def test_an_archive_cut_short_is_named(left: int, package: Path, languages: LanguageTable) -> None:
    path = zipped(package)
    path.write_bytes(path.read_bytes()[:left])
    with pytest.raises(PackageError, match="may be cut short"):
        read_package(path, languages)


def test_a_changed_byte_in_an_archive_is_found_when_it_is_read(
    package: Path, languages: LanguageTable
) -> None:
    path = zipped(package)
    content = bytearray(path.read_bytes())
    place = content.index(b"model/model.bin") + 5_000
    content[place] ^= 0xFF
    path.write_bytes(content)
    found = read_package(path, languages)
    assert found is not None
    with pytest.raises(PackageError, match=r"model\.bin"):
        found.model_files()


def test_an_archive_that_states_a_huge_file_is_refused(
    package: Path, languages: LanguageTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(argos_packages, "MAX_FILE_BYTES", 1_000)
    with pytest.raises(PackageError, match="larger than"):
        read_package(zipped(package), languages)


def test_paths_that_lead_out_of_an_archive_lead_nowhere(
    tmp_path: Path, package: Path, languages: LanguageTable
) -> None:
    path = zipped(package, "../../en_fr/")
    before = sorted(tmp_path.rglob("*"))
    found = read_package(path, languages)
    assert found is not None
    found.model_files()
    assert sorted(tmp_path.rglob("*")) == before  # nothing is ever unpacked
