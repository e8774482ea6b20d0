"""What Prometheus is told of the engine."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from model_server.metrics import COUNTERS, GAUGES, EngineCollector


def shown(stats: dict[str, float]) -> dict[str, float]:
    registry = CollectorRegistry()
    registry.register(EngineCollector(lambda: stats, lambda: 3))
    lines = generate_latest(registry).decode().splitlines()
    return {name: float(value) for name, value in (one.split() for one in lines if one[0] != "#")}


def test_counters_and_gauges_carry_the_engines_figures() -> None:
    figures = shown({"steps": 7, "running": 2, "prompt_tokens": 200, "cached_tokens": 50})
    assert figures["groundling_model_steps_total"] == 7
    assert figures["groundling_model_running"] == 2
    assert figures["groundling_model_cache_hit_rate"] == 0.25
    assert figures["groundling_model_requests_inside"] == 3


def test_before_there_is_a_worker_everything_is_nought() -> None:
    figures = shown({})
    assert len(figures) == len(COUNTERS) + len(GAUGES) + 2
    assert figures["groundling_model_cache_hit_rate"] == 0
