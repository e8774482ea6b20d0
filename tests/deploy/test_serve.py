"""A child that cannot start as it is set up says why, in its own words, and ends."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def serve(tmp_path: Path, database_url: str) -> subprocess.CompletedProcess[str]:
    own = {"DATABASE_URL": database_url, "DATA_DIR": str(tmp_path), "TOOL_URLS": "{}"}
    with subprocess.Popen(
        [sys.executable, "-m", "deploy.serve", "gateway.app:build", "127.0.0.1", "0"],
        cwd=ROOT,
        env={**os.environ, **{f"GROUNDLING_GATEWAY_{key}": text for key, text in own.items()}},
        stdin=subprocess.PIPE,  # held open: its end would be the stack's
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        text=True,
    ) as process:
        try:
            process.wait(60)
        finally:
            process.kill()
        assert process.stdout is not None
        return subprocess.CompletedProcess([], process.returncode, process.stdout.read())


def test_bad_settings_end_the_start_with_one_line(tmp_path: Path) -> None:
    ended = serve(tmp_path, "mysql://u:secret@db/g")
    assert ended.returncode == 1
    [line] = ended.stdout.splitlines()
    assert line.startswith("gateway.app: GROUNDLING_GATEWAY_DATABASE_URL: 'mysql' cannot be used")
    assert "secret" not in line


def test_a_database_that_cannot_be_used_ends_the_start_in_its_own_words(tmp_path: Path) -> None:
    newer = tmp_path / "newer.db"
    with sqlite3.connect(newer) as db:
        db.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        db.execute("INSERT INTO alembic_version VALUES ('9999')")
    db.close()
    damaged = tmp_path / "damaged.db"
    damaged.write_text("no database" * 100)
    for file, words in ((newer, "a newer Groundling"), (damaged, f"no database: {damaged}")):
        ended = serve(tmp_path, f"sqlite:///{file}")
        assert ended.returncode == 3
        assert words in ended.stdout
        assert "Traceback" not in ended.stdout
