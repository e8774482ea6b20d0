from __future__ import annotations

import pytest

from model_server.settings import ADAPTER, PREFIX, Settings
from services.chassis import SettingsError, load_settings


def test_the_projects_adapter_is_used_unless_none_is_asked_for() -> None:
    assert load_settings(Settings, PREFIX, {}).adapter == ADAPTER
    assert load_settings(Settings, PREFIX, {f"{PREFIX}ADAPTER": "none"}).adapter is None


def test_a_bad_value_is_named_with_its_key() -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}MAX_QUEUE='0'"):
        load_settings(Settings, PREFIX, {f"{PREFIX}MAX_QUEUE": "0"})
