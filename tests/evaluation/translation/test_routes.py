"""evaluation.translation.routes."""

from __future__ import annotations

from evaluation.translation.routes import in_turn, routes

HOPS = [("en", "es"), ("en", "ca"), ("es", "ca"), ("ca", "es"), ("es", "fr"), ("ca", "fr")]


def test_every_route_is_found_once_and_through_no_language_twice() -> None:
    assert set(routes(HOPS, "en", "fr", 3)) == {
        ("en", "es", "fr"),
        ("en", "ca", "fr"),
        ("en", "es", "ca", "fr"),
        ("en", "ca", "es", "fr"),
    }


def test_routes_have_at_most_so_many_hops() -> None:
    assert set(routes(HOPS, "en", "fr", 2)) == {("en", "es", "fr"), ("en", "ca", "fr")}
    assert list(routes(HOPS, "fr", "en", 3)) == []


def test_a_text_that_one_declines_goes_to_the_next() -> None:
    assert in_turn([[["a"], [], []], [["x"], ["y"], []]]) == [["a"], ["y"], []]
