from __future__ import annotations

from model_server.engine.lookup import Lookup


def written(lookup: Lookup, tokens: list[int]) -> Lookup:
    for token in tokens:
        lookup.add(token)
    return lookup


def test_the_first_draft_is_how_the_likeliest_reference_begins() -> None:
    assert Lookup([[5, 6, 7], [8, 9]], 4).draft(2) == [5, 6]


def test_a_draft_goes_on_where_the_answer_is_in_the_reference() -> None:
    assert written(Lookup([[5, 6, 7, 8]], 4), [5, 6]).draft(4) == [7, 8]


def test_a_draft_goes_on_behind_one_exchanged_word() -> None:
    assert written(Lookup([[5, 6, 7, 8, 9]], 4), [5, 6, 70]).draft(4) == [8, 9]


def test_another_reference_is_found_by_the_last_words() -> None:
    lookup = Lookup([[1, 2, 3], [40, 41, 42, 43, 44]], 4)
    assert written(lookup, [1, 40, 41]).draft(4) == [42, 43, 44]


def test_an_answer_that_has_left_the_references_is_not_guessed_at() -> None:
    lookup = written(Lookup([[1, 2, 3, 4, 5, 6]], 4), [1, 90, 91])
    assert lookup.draft(4) == []
    assert written(lookup, [3, 4]).draft(4) == [5, 6]  # until it comes back


def test_without_references_there_are_no_drafts() -> None:
    assert written(Lookup([], 4), [1, 2]).draft(4) == []
    assert Lookup([[]], 4).draft(4) == []


def test_drafts_begin_short_grow_while_they_are_right_and_shrink_when_wrong() -> None:
    lookup = Lookup([list(range(100))], 7)
    assert len(lookup.draft(7)) == 3
    lookup.judge(3, 3)
    assert len(lookup.draft(7)) == 7
    lookup.judge(7, 7)
    assert len(lookup.draft(7)) == 7
    lookup.judge(7, 2)
    assert len(lookup.draft(7)) == 2
    lookup.judge(2, 0)
    assert len(lookup.draft(7)) == 1


def test_a_limit_below_the_first_length_holds() -> None:
    assert len(Lookup([list(range(9))], 2).draft(7)) == 2
