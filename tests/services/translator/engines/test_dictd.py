"""services.translator.engines.dictd: the file format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from services.translator.engines.dictd import Dictionary, DictionaryError, decode_number


@pytest.mark.parametrize(("text", "value"), [("A", 0), ("B", 1), ("/", 63), ("BA", 64), ("b", 27)])
def test_index_numbers_are_base_64(text: str, value: int) -> None:
    assert decode_number(text) == value


def test_an_entry_is_read_across_chunks(dictionaries: Path) -> None:
    files = (dictionaries / "freedict-eng-fra.index", dictionaries / "freedict-eng-fra.dict.dz")
    dictionary = Dictionary(*files)
    (entry,) = dictionary.entries("bank")
    assert entry.startswith("bank\nbanque; rive\n")
    assert entry.endswith("Note: money\n")
    dictionary.close()


def test_only_the_whole_headword_is_found(dictionaries: Path) -> None:
    files = (dictionaries / "freedict-eng-fra.index", dictionaries / "freedict-eng-fra.dict.dz")
    dictionary = Dictionary(*files)
    assert [dictionary.entries(word) for word in ("black", "board", "", "dog\tA", "x\ndog")] == [
        *([],) * 5
    ]


@pytest.mark.parametrize("order", [sorted, lambda lines: sorted(lines, key=str.casefold)])
def test_every_headword_is_found_whatever_the_index_is_sorted_by(
    order: Callable[[list[str]], list[str]], dictionaries: Path
) -> None:
    index, text = dictionaries / "freedict-eng-fra.index", dictionaries / "freedict-eng-fra.dict.dz"
    lines = index.read_text(encoding="utf-8").splitlines()
    entry = next(line for line in lines if line.startswith("dog\t")).removeprefix("dog")
    words = ["Zebra", "apple", "Apple", "mule", "mule", "mules", "zoo"]
    index.write_text("\n".join(order([word + entry for word in words])) + "\n", encoding="utf-8")
    dictionary = Dictionary(index, text)
    assert [len(dictionary.entries(word)) for word in words] == [1] * len(words)
    assert [word for word in ("zebra", "appl", "applesauce", "zz", "A") if word in dictionary] == []
    assert "Apple" in dictionary
    dictionary.close()


def test_a_file_of_another_kind_is_refused_by_name(tmp_path: Path) -> None:
    index, text = tmp_path / "freedict-eng-fra.index", tmp_path / "freedict-eng-fra.dict.dz"
    index.write_text("dog\tA\tB\n", encoding="utf-8")
    text.write_bytes(b"this is no dictzip file, though it is long enough for a header")
    with pytest.raises(DictionaryError, match=r"freedict-eng-fra"):
        Dictionary(index, text)
