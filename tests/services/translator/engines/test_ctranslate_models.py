"""services.translator.engines.ctranslate_models: what is kept in memory, and for how long."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from services.translator.engines.ctranslate_models import LoadedModels

pytestmark = pytest.mark.anyio


class Loader:
    """Loads "model KEY"; fails for "bad"; waits while `gate` is shut."""

    def __init__(self) -> None:
        self.loads: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, key: str) -> str:
        self.loads.append(key)
        self.gate.wait(10)
        if key == "bad":
            raise ValueError("no such model")
        return f"model {key}"


@pytest.fixture
def loader() -> Loader:
    return Loader()


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


async def use(models: LoadedModels[str, str], key: str) -> str:
    async with models.use(key) as model:
        return model


async def test_several_who_ask_at_once_share_one_loading(
    loader: Loader, executor: ThreadPoolExecutor
) -> None:
    models = LoadedModels(loader, executor, most=2, idle_s=60)
    found = await asyncio.gather(*(use(models, "a") for _ in range(8)))
    assert found == ["model a"] * 8
    assert loader.loads == ["a"]


async def test_the_least_recently_used_makes_room(
    loader: Loader, executor: ThreadPoolExecutor
) -> None:
    models = LoadedModels(loader, executor, most=2, idle_s=60)
    for key in ("a", "b", "a", "c", "a"):
        await use(models, key)
    assert models.loaded == ["c", "a"]
    assert loader.loads == ["a", "b", "c"]


async def test_a_model_in_use_stays_and_others_wait(
    loader: Loader, executor: ThreadPoolExecutor
) -> None:
    models = LoadedModels(loader, executor, most=1, idle_s=60)
    async with models.use("a"):
        waiting = asyncio.create_task(use(models, "b"))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(waiting), 0.05)
        assert models.loaded == ["a"]
    assert await waiting == "model b"
    assert models.loaded == ["b"]


async def test_an_idle_model_is_given_back(loader: Loader, executor: ThreadPoolExecutor) -> None:
    models = LoadedModels(loader, executor, most=2, idle_s=0.01)
    await use(models, "a")
    async with asyncio.timeout(10):
        while models.loaded:
            await models._freed.wait()
            models._freed.clear()
    assert await use(models, "a") == "model a"
    assert loader.loads == ["a", "a"]


async def test_a_failed_loading_is_told_to_all_and_tried_again(
    loader: Loader, executor: ThreadPoolExecutor
) -> None:
    models = LoadedModels(loader, executor, most=2, idle_s=60)
    found = await asyncio.gather(*(use(models, "bad") for _ in range(3)), return_exceptions=True)
    assert all(isinstance(one, ValueError) for one in found)
    assert models.loaded == []
    with pytest.raises(ValueError, match="no such model"):
        await use(models, "bad")
    assert loader.loads == ["bad", "bad"]


async def test_a_caller_who_leaves_does_not_stop_the_loading(
    loader: Loader, executor: ThreadPoolExecutor
) -> None:
    models = LoadedModels(loader, executor, most=2, idle_s=60)
    loader.gate.clear()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(use(models, "a"), 0.05)
    loader.gate.set()
    assert await use(models, "a") == "model a"
    assert loader.loads == ["a"]
