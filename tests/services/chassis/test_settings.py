from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field, SecretStr

from services.chassis import ServiceSettings, SettingsError, load_settings

PREFIX = "GROUNDLING_SAMPLE_"


class SampleSettings(ServiceSettings):
    data_dir: Path = Path("~/sample")
    threshold: float = Field(default=0.5, ge=0, le=1)
    verbose: bool = False
    mode: Literal["fast", "exact"] = "fast"
    ports: dict[str, int] = Field(default_factory=dict)
    names: list[str] | None = None
    token: SecretStr | None = None


def load(**variables: str) -> SampleSettings:
    environ = {PREFIX + name: value for name, value in variables.items()}
    return load_settings(SampleSettings, PREFIX, environ)


def test_without_variables_the_defaults_hold() -> None:
    assert load() == SampleSettings()


def test_strings_become_the_types_of_their_fields() -> None:
    settings = load(
        THRESHOLD="0.25", VERBOSE="true", PORTS='{"a": 1}', NAMES='["x", "y"]', MAX_CONCURRENT="3"
    )
    assert settings.threshold == 0.25
    assert settings.verbose is True
    assert settings.ports == {"a": 1}
    assert settings.names == ["x", "y"]
    assert settings.max_concurrent == 3


def test_a_leading_tilde_in_a_path_is_the_home_folder() -> None:
    assert load(DATA_DIR="~/elsewhere").data_dir == Path.home() / "elsewhere"
    assert load().data_dir == Path.home() / "sample"


def test_an_unknown_variable_of_the_prefix_stops_the_start_and_lists_the_known_ones() -> None:
    with pytest.raises(SettingsError) as caught:
        load(THRESHHOLD="0.5")
    assert "GROUNDLING_SAMPLE_THRESHHOLD" in str(caught.value)
    assert "GROUNDLING_SAMPLE_THRESHOLD" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("THRESHOLD", "1.5", "less than or equal to 1"),
        ("THRESHOLD", "high", "valid number"),
        ("MODE", "slow", "'fast' or 'exact'"),
        ("LOG_LEVEL", "LOUD", "DEBUG, INFO"),
        ("PORTS", "a=1", "must be JSON"),
        ("PORTS", '{"a": "b"}', "valid integer"),
        ("MAX_CONCURRENT", "0", "greater than 0"),
    ],
)
def test_a_bad_value_is_named_with_its_key_and_what_is_allowed(
    name: str, value: str, allowed: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        load(**{name: value})
    message = str(caught.value)
    assert f"{PREFIX}{name}=" in message
    assert value.strip("{}") in message
    assert allowed in message


def test_a_secret_is_not_shown_when_it_is_bad() -> None:
    class Guarded(ServiceSettings):
        token: SecretStr = Field(min_length=20)

    with pytest.raises(SettingsError) as caught:
        load_settings(Guarded, PREFIX, {PREFIX + "TOKEN": "hunter2"})
    assert "GROUNDLING_SAMPLE_TOKEN" in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_required_setting_that_is_not_set_is_named() -> None:
    class Needy(ServiceSettings):
        url: str

    with pytest.raises(SettingsError, match="GROUNDLING_SAMPLE_URL is not set"):
        load_settings(Needy, PREFIX, {})


def test_variables_of_a_longer_prefix_belong_to_the_other_service() -> None:
    environ = {"GROUNDLING_MODEL_SERVER_BACKEND": "torch", "GROUNDLING_MODEL_MAX_CONCURRENT": "2"}
    settings = load_settings(ServiceSettings, "GROUNDLING_MODEL_", environ)
    assert settings.max_concurrent == 2


def test_variables_of_other_prefixes_are_ignored() -> None:
    assert load_settings(SampleSettings, PREFIX, {"GROUNDLING_DATA_DIR": "/x", "HOME": "/y"})


def test_the_log_level_may_be_written_in_lower_case() -> None:
    assert load(LOG_LEVEL="debug").log_level == "DEBUG"
