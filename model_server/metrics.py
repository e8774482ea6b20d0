"""The engine's figures at /metrics, read from the backend when Prometheus asks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

PREFIX = "groundling_model"

COUNTERS = {
    "steps": "Steps of the engine.",
    "prompt_tokens": "Tokens of prompts, read or not.",
    "cached_tokens": "Of the prompts' tokens, those that were not read again.",
    "new_tokens": "Tokens written.",
    "drafted_tokens": "Tokens guessed from the draft and the snippets.",
    "accepted_tokens": "Of the guesses, those that were right.",
    "restarts": "Workers started after the first.",
}
GAUGES = {
    "running": "Sequences that share a step now.",
    "waiting": "Requests that wait for a place among them.",
    "cache_slots": "Tokens the KV cache has room for.",
    "cache_used": "Tokens in the KV cache, those kept for later included.",
}


class EngineCollector(Collector):
    """`stats`: Supervisor.stats; what it does not say (yet) is 0. `inside`: HTTP requests."""

    def __init__(self, stats: Callable[[], Mapping[str, float]], inside: Callable[[], int]) -> None:
        self._stats = stats
        self._inside = inside

    def collect(self) -> Iterable[Metric]:
        stats = self._stats()
        for name, says in COUNTERS.items():
            yield CounterMetricFamily(f"{PREFIX}_{name}", says, stats.get(name, 0))
        for name, says in GAUGES.items():
            yield GaugeMetricFamily(f"{PREFIX}_{name}", says, stats.get(name, 0))
        yield GaugeMetricFamily(
            f"{PREFIX}_cache_hit_rate",
            "Share of all prompts' tokens that were not read again.",
            stats.get("cached_tokens", 0) / max(1, stats.get("prompt_tokens", 0)),
        )
        yield GaugeMetricFamily(
            f"{PREFIX}_requests_inside", "Requests inside, running or waiting.", self._inside()
        )
