"""services.retrieval.dense: the vector index against plain numpy, and rank fusion."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.retrieval.dense.fusion import fuse
from services.retrieval.dense.vectors import VectorIndex

DIMENSIONS = 4


def unit(seed: int) -> np.ndarray:
    # Few distinct directions, so that ties are common.
    vector = np.random.default_rng(seed % 7).normal(size=DIMENSIONS).astype(np.float32)
    return vector / np.linalg.norm(vector)


@given(
    added=st.lists(st.integers(0, 200), unique=True, max_size=40),
    deleted=st.lists(st.integers(0, 200), max_size=30),
    limit=st.integers(1, 50),
)
def test_what_is_left_is_ranked_as_numpy_ranks_it(
    added: list[int], deleted: list[int], limit: int
) -> None:
    index = VectorIndex(DIMENSIONS)
    for start in range(0, len(added), 7):
        ids = added[start : start + 7]
        index.add(ids, np.array([unit(one) for one in ids], np.float32))
    index.delete(deleted)
    left = sorted(set(added) - set(deleted))
    query = unit(3)
    cosines = {one: float(unit(one) @ query) for one in left}
    found = index.search(query, limit)
    assert len(index) == len(left)
    assert len(found) == min(limit, len(left))
    assert [round(score, 5) for _, score in found] == [
        round(score, 5) for score in sorted(cosines.values(), reverse=True)[:limit]
    ]
    assert all(abs(cosines[one] - score) < 1e-5 for one, score in found)
    assert found == sorted(found, key=lambda pair: (-pair[1], pair[0]))


def test_an_index_grows_beyond_its_first_capacity() -> None:
    index = VectorIndex(DIMENSIONS)
    index.add(range(5000), np.array([unit(one) for one in range(5000)], np.float32))
    assert index.search(unit(2), 2) == [(2, pytest.approx(1.0)), (9, pytest.approx(1.0))]


def test_a_second_vector_for_an_id_is_refused_and_nothing_is_added() -> None:
    index = VectorIndex(DIMENSIONS)
    index.add([1], unit(1)[None])
    with pytest.raises(ValueError, match="already"):
        index.add([2, 1], np.array([unit(2), unit(1)]))
    assert 2 not in index


def test_vectors_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="vectors are"):
        VectorIndex(DIMENSIONS).add([1], np.zeros((1, 3), np.float32))


def test_a_thing_high_in_both_rankings_comes_before_the_first_of_one() -> None:
    assert fuse([[1, 2, 3], [4, 2, 5]])[0][0] == 2


def test_fused_scores_are_those_of_the_paper() -> None:
    assert dict(fuse([[7, 8], [8]])) == {
        7: pytest.approx(1 / 61),
        8: pytest.approx(1 / 62 + 1 / 61),
    }
