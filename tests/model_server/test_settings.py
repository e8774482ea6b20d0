from __future__ import annotations

from pathlib import Path

import pytest

from model_server.settings import ADAPTER, PREFIX, Settings, named_paths
from services.chassis import SettingsError, load_settings


def test_the_projects_adapter_is_used_unless_none_is_asked_for() -> None:
    assert load_settings(Settings, PREFIX, {}).adapter == ADAPTER
    assert load_settings(Settings, PREFIX, {f"{PREFIX}ADAPTER": "none"}).adapter is None


def test_a_bad_value_is_named_with_its_key() -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}MAX_QUEUE='0'"):
        load_settings(Settings, PREFIX, {f"{PREFIX}MAX_QUEUE": "0"})


@pytest.mark.parametrize("text", ["a", "a=", "=b", "a=b,c", "a=b,a=c"])
def test_adapters_that_are_no_list_of_names_and_paths_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=f"{PREFIX}ADAPTERS='{text}'"):
        load_settings(Settings, PREFIX, {f"{PREFIX}ADAPTERS": text})


def test_adapters_are_named_paths() -> None:
    assert named_paths(" a=x/y.st , b=~/z=1.st,") == {
        "a": Path("x/y.st"),
        "b": Path.home() / "z=1.st",
    }
    assert named_paths("") == {}


def test_the_servers_own_adapter_can_be_named_beside_the_others() -> None:
    assert Settings().switchable() == {}
    assert Settings(adapters="b=b.st").switchable() == {"research": ADAPTER, "b": Path("b.st")}
    assert Settings(adapters="b=b.st", adapter=None).switchable() == {"b": Path("b.st")}


def test_another_server_needs_its_url() -> None:
    with pytest.raises(SettingsError, match="backend_url"):
        load_settings(Settings, PREFIX, {f"{PREFIX}BACKEND": "openai"})


def test_a_key_is_never_shown() -> None:
    environ = {f"{PREFIX}BACKEND_API_KEY": "secret", f"{PREFIX}BACKEND": "openai"}
    with pytest.raises(SettingsError) as caught:
        load_settings(Settings, PREFIX, environ)
    assert "secret" not in str(caught.value)
    url = {f"{PREFIX}BACKEND_URL": "http://x/v1"}
    assert "secret" not in repr(load_settings(Settings, PREFIX, environ | url))
