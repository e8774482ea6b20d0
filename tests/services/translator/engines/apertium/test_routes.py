"""services.translator.engines.apertium.routes: which modes lead from one language to another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from services.translator.engines.apertium.modes import Mode
from services.translator.engines.apertium.routes import Routes
from services.translator.quality import Figures, Quality

PAIRS = ["en-es", "en-ca", "ca-fr", "es-fr", "fr-br", "br-cy"]


def routes(
    *names: str,
    chrf: Mapping[tuple[str, str], float] | None = None,
    whole: Mapping[str, float] | None = None,
    max_hops: int = 3,
) -> Routes:
    """chrf: what was measured of a mode; whole: of a route, such as "en-ca-fr"."""
    modes = []
    for name in names:
        source, _, rest = name.partition("-")
        target, _, region = rest.partition("_")
        modes.append(Mode(name, source, target, Path(), region))
    figures = {("apertium", *pair): Figures(1, one, 0, 0) for pair, one in (chrf or {}).items()}
    for route, one in (whole or {}).items():
        path = route.split("-")
        figures[f"apertium:{route}", path[0], path[-1]] = Figures(1, one, 0, 0)
    return Routes(modes, Quality(figures), engine="apertium", max_hops=max_hops)


def way(found: Routes, source: str, target: str, region: str = "") -> list[str]:
    """The names of the first route's modes."""
    return [mode.name for mode in next(iter(found.find(source, target, region)), ())]


def test_the_shortest_way_is_taken_up_to_three_modes() -> None:
    found = routes(*PAIRS)
    assert way(found, "en", "es") == ["en-es"]
    assert way(found, "en", "fr") == ["en-ca", "ca-fr"]  # by name: nothing was measured
    assert way(found, "en", "br") == ["en-ca", "ca-fr", "fr-br"]
    assert way(found, "en", "cy") == []
    assert ("en", "br") in found.pairs()
    assert ("en", "cy") not in found.pairs()


def test_a_direct_mode_is_taken_whatever_a_longer_way_measures() -> None:
    measured = {("en", "fr"): 1.0, ("en", "es"): 99.0, ("es", "fr"): 99.0}
    assert way(routes(*PAIRS, "en-fr", chrf=measured), "en", "fr") == ["en-fr"]


def test_of_two_ways_as_long_the_one_with_the_better_product_is_taken() -> None:
    over_ca = {("en", "ca"): 60.0, ("ca", "fr"): 70.0, ("en", "es"): 80.0, ("es", "fr"): 50.0}
    over_es = over_ca | {("es", "fr"): 60.0}
    assert way(routes(*PAIRS, chrf=over_ca), "en", "fr") == ["en-ca", "ca-fr"]
    assert way(routes(*PAIRS, chrf=over_es), "en", "fr") == ["en-es", "es-fr"]


def test_the_next_way_follows_for_what_the_first_declines() -> None:
    found = routes(*PAIRS, "es-ca", "ca-es").find("en", "fr")
    assert [[mode.name for mode in route] for route in found] == [
        ["en-ca", "ca-fr"],
        ["en-es", "es-fr"],
    ]


def test_a_longer_way_is_taken_first_only_where_it_measured_enough_better() -> None:
    names = ("es-fr", "es-ca", "ca-fr")
    better, hardly = {"es-fr": 68.9, "es-ca-fr": 74.0}, {"es-fr": 68.9, "es-ca-fr": 70.0}
    assert way(routes(*names, whole=better), "es", "fr") == ["es-ca", "ca-fr"]
    assert way(routes(*names, whole=hardly), "es", "fr") == ["es-fr"]
    assert way(routes(*names), "es", "fr") == ["es-fr"]


def test_a_measured_way_is_taken_before_an_unmeasured_one() -> None:
    measured = {("en", "es"): 30.0, ("es", "fr"): 30.0, ("en", "ca"): 90.0}
    assert way(routes(*PAIRS, chrf=measured), "en", "fr") == ["en-es", "es-fr"]


def test_ways_over_a_third_language_can_be_left_out() -> None:
    found = routes(*PAIRS, max_hops=1)
    assert way(found, "en", "es") == ["en-es"]
    assert way(found, "en", "fr") == []


def test_a_region_s_mode_is_taken_where_asked_for_and_brazil_s_without() -> None:
    found = routes("en-es", "es-pt", "es-pt_BR", "es-ca", "es-ca_XX")
    assert way(found, "en", "pt") == ["en-es", "es-pt_BR"]
    assert way(found, "en", "pt", "BR") == ["en-es", "es-pt_BR"]
    assert way(found, "en", "pt", "PT") == ["en-es", "es-pt"]
    assert way(found, "en", "ca") == ["en-es", "es-ca"]
    assert way(found, "en", "ca", "XX") == ["en-es", "es-ca_XX"]
