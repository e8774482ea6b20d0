"""`groundling facts lint`: the retrieval service's checks, from the command."""

from __future__ import annotations

from pathlib import Path

import pytest

from groundling.cli import main


def test_a_clean_file_ends_with_0_and_a_bad_one_names_file_line_and_column(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "own.tsv"
    path.write_text("subject\tsource\tBirth date\nA\tmine\t1986-01-03\n", encoding="utf-8")
    assert main(["facts", "lint", str(path)]) == 0
    path.write_text("subject\tsource\tBirth date\nA\tmine\t1986-01-33\n", encoding="utf-8")
    assert main(["facts", "lint", str(path)]) == 1
    assert f"{path}:2: Birth date: A: " in capfd.readouterr().out


def test_a_folder_named_services_where_the_user_stands_is_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "services").mkdir()
    (tmp_path / "services" / "__init__.py").write_text("raise SystemExit(7)\n")
    (tmp_path / "own.tsv").write_text("subject\tsource\tYear\nA\tmine\t1986\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["facts", "lint", "own.tsv"]) == 0


@pytest.mark.parametrize("arguments", [["facts"], ["facts", "nonsense"]])
def test_wrong_usage_is_status_2(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
