"""The calculator's settings from the environment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from services.calculator.settings import PREFIX, Settings
from services.chassis import SettingsError, load_settings


def test_defaults_need_no_environment() -> None:
    settings = load_settings(Settings, PREFIX, {})
    assert (settings.evaluate_timeout_s, settings.workers) == (1.0, 2)
    assert settings.max_result_bits == 13_000


def test_each_is_read_from_its_variable() -> None:
    environ = {f"{PREFIX}EVALUATE_TIMEOUT_S": "0.5", f"{PREFIX}WORKERS": "1"}
    settings = load_settings(Settings, PREFIX, environ)
    assert (settings.evaluate_timeout_s, settings.workers) == (0.5, 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [("MAX_RESULT_BITS", "14001"), ("WORKERS", "0"), ("EVALUATE_TIMEOUT_S", "0"), ("WORKER", "1")],
)
def test_a_bad_value_or_name_stops_the_start_and_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}{name}"):
        load_settings(Settings, PREFIX, {f"{PREFIX}{name}": value})


def test_a_rates_file_is_checked_at_the_start(tmp_path: Path) -> None:
    file = tmp_path / "rates.json"
    environ = {f"{PREFIX}RATES_FILE": str(file)}
    with pytest.raises(SettingsError, match=r"RATES_FILE=.*cannot be read"):
        load_settings(Settings, PREFIX, environ)
    file.write_text('{"base": "EUR", "date": "2026-11-20", "rates": {"USD": "much"}}')
    with pytest.raises(SettingsError, match=r"rates\.USD: must be a number"):
        load_settings(Settings, PREFIX, environ)
    file.write_text(json.dumps({"base": "EUR", "date": "2026-11-20", "rates": {"USD": 1.08}}))
    assert load_settings(Settings, PREFIX, environ).rates_file == file
