"""The command, the gateway and retrieval find the same data folder, however it is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.data_dir import VARIABLE, data_dir_from
from gateway.settings import settings_from
from services.chassis import data_dir
from services.retrieval.settings import default_data_dir

HOME = Path.home()
HERE = Path.cwd()


@pytest.mark.parametrize(
    ("environ", "folder"),
    [
        ({}, HOME / ".local/share/groundling"),
        ({VARIABLE: ""}, HOME / ".local/share/groundling"),
        ({VARIABLE: "/data", "XDG_DATA_HOME": "/share"}, Path("/data")),
        ({VARIABLE: "~/data"}, HOME / "data"),
        ({VARIABLE: "var"}, HERE / "var"),
        ({"XDG_DATA_HOME": "/share"}, Path("/share/groundling")),
        ({"XDG_DATA_HOME": "~/share"}, HOME / "share/groundling"),
        ({"XDG_DATA_HOME": "share"}, HERE / "share/groundling"),
    ],
)
def test_every_part_finds_the_same_data_folder(environ: dict[str, str], folder: Path) -> None:
    assert data_dir(environ) == folder
    assert data_dir_from(environ) == folder
    assert settings_from(environ).data_dir == folder / "gateway"
    assert default_data_dir(environ) == folder / "retrieval"
