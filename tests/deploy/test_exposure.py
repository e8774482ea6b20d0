"""A service that may not listen where others reach it keeps the stack from starting at all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.exposure import check_exposure
from deploy.plan import GATEWAY, LOOPBACK, PlanError, Service, read_plan

CHECKS = {
    "allows": "",
    "refuses": 'import sys; sys.exit(f\'{__import__("os").environ["WHY"]}\')',
    "breaks": "import os; os._exit(7)",
}


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    for name, code in CHECKS.items():
        (tmp_path / f"{name}.py").write_text(code, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(tmp_path)}


def asked(check: str, host: str = "0.0.0.0") -> list[Service]:
    return [Service("s", "a:b", 1, host, {"WHY": "no key yet"}, exposure_check=check)]


def test_what_a_service_says_against_it_is_the_reason(environ: dict[str, str]) -> None:
    check_exposure(asked("allows"), environ)
    with pytest.raises(PlanError, match=r"^no key yet$"):
        check_exposure(asked("refuses"), environ)
    with pytest.raises(PlanError, match=r"^breaks ended with 7$"):
        check_exposure(asked("breaks"), environ)


def test_on_loopback_a_service_is_not_asked(environ: dict[str, str]) -> None:
    check_exposure(asked("refuses", LOOPBACK), environ)


def test_the_gateway_is_the_one_service_that_is_asked() -> None:
    checks = {one.name: one.exposure_check for one in read_plan() if one.exposure_check}
    assert checks == {GATEWAY: "gateway.access.start"}


def test_a_stack_where_others_reach_it_and_no_key_exists_starts_nothing(tmp_path: Path) -> None:
    refused = subprocess.run(
        [sys.executable, "-m", "deploy", "--host", "0.0.0.0", "--free-ports", "--scripted"],
        # What the environment says of the host does not hide where it listens.
        env={
            **os.environ,
            "GROUNDLING_DATA_DIR": str(tmp_path),
            "GROUNDLING_GATEWAY_HOST": LOOPBACK,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert refused.returncode == 1
    assert refused.stderr.startswith("error: the gateway cannot start: on 0.0.0.0 others can reach")
    assert f"GROUNDLING_DATA_DIR={tmp_path} " in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not (tmp_path / "logs").exists()
