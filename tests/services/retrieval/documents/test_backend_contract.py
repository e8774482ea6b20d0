"""What every backend promises (documents/backend.py), each run through the seam."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from services.retrieval.documents.backend import Backend, BackendError
from services.retrieval.documents.model import (
    CollectionInfo,
    Document,
    Listed,
    Outcome,
    Stored,
)

MakeDocument = Callable[..., Document]
Reopen = Callable[[], AbstractContextManager[Backend]]

STRANGE_IDS = [
    "/absolute/path.txt",
    "a/b/../c",
    "with space",
    " leading and trailing ",
    "Ünïcode/本/🜚",
    "100%_'quoted\"\\",
    "https://example.org/?a=1&b=2#c",
    "x" * 512,
    "A",
    "a",
    "é",
    "e\u0301",
]


def ids(backend: Backend, query: str, collections: list[str] | None = None) -> list[str]:
    return [hit.document_id for hit in backend.search(query, collections, 10)]


def test_a_document_put_is_got_listed_counted_and_found(
    backend: Backend, make_document: MakeDocument
) -> None:
    document = make_document(
        "everest",
        title="Mount Everest",
        url="https://example.org/everest",
        sections=[("", "The highest mountain."), ("Climbing", "Hillary and Norgay came in 1953.")],
    )
    assert backend.put("peaks", [document]) == [Stored("everest", Outcome.CREATED, 2)]
    assert backend.get("peaks", "everest") == document
    listed = Listed("everest", "Mount Everest", "https://example.org/everest", 2)
    assert backend.page("peaks", "", 10) == [listed]
    assert backend.collections() == [CollectionInfo("peaks", 1, 2)]
    hit = backend.search("Who climbed with Hillary?", None, 5)[0]
    assert (hit.collection, hit.document_id, hit.title, hit.url, hit.heading, hit.text) == (
        "peaks",
        "everest",
        "Mount Everest",
        "https://example.org/everest",
        "Climbing",
        "Hillary and Norgay came in 1953.",
    )
    assert 0 < hit.coverage <= 1


def test_an_empty_backend_has_and_finds_nothing(backend: Backend) -> None:
    assert backend.collections() == []
    assert backend.page("default", "", 10) == []
    assert backend.get("default", "a") is None
    assert backend.search("anything", None, 5) == []
    assert backend.delete("default", ["a"]) == 0
    assert backend.delete_collection("default") is None
    assert backend.put("default", []) == []
    assert backend.collections() == []
    assert list(backend.missing()) == []


def test_the_same_content_again_changes_nothing(
    backend: Backend, make_document: MakeDocument
) -> None:
    document = make_document("a", "Walnuts grow on trees.")
    backend.put("default", [document])
    assert backend.put("default", [document]) == [Stored("a", Outcome.UNCHANGED, 1)]
    assert backend.collections() == [CollectionInfo("default", 1, 1)]
    assert ids(backend, "walnuts") == ["a"]


def test_a_replaced_document_is_found_by_its_new_words_only(
    backend: Backend, make_document: MakeDocument
) -> None:
    backend.put("default", [make_document("a", "Walnuts."), make_document("b", "Hazelnuts.")])
    replaced = make_document("a", "Almonds.")
    assert backend.put("default", [replaced]) == [Stored("a", Outcome.REPLACED, 1)]
    assert backend.get("default", "a") == replaced
    assert ids(backend, "walnuts") == []
    assert ids(backend, "almonds") == ["a"]
    assert backend.collections() == [CollectionInfo("default", 2, 2)]


def test_a_change_of_title_or_url_alone_replaces(
    backend: Backend, make_document: MakeDocument
) -> None:
    backend.put("default", [make_document("a", "Text.", title="Walnuts")])
    for changed in (
        make_document("a", "Text.", title="Almonds"),
        make_document("a", "Text.", title="Almonds", url="https://example.org/a"),
    ):
        assert backend.put("default", [changed])[0].outcome == Outcome.REPLACED
        assert backend.get("default", "a") == changed
    assert ids(backend, "almonds") == ["a"]
    assert ids(backend, "walnuts") == []


def test_outcomes_come_in_order_and_of_one_id_twice_the_later_stays(
    backend: Backend, make_document: MakeDocument
) -> None:
    backend.put("default", [make_document("b", "Old.")])
    batch = [
        make_document("c", "Walnuts."),
        make_document("b", "Old."),
        make_document("a", "Hazelnuts."),
        make_document("c", "Almonds."),
    ]
    stored = backend.put("default", batch)
    assert [(one.id, one.outcome) for one in stored] == [
        ("c", Outcome.CREATED),
        ("b", Outcome.UNCHANGED),
        ("a", Outcome.CREATED),
        ("c", Outcome.REPLACED),
    ]
    assert backend.get("default", "c") == batch[3]
    assert ids(backend, "walnuts") == []
    assert ids(backend, "almonds") == ["c"]
    assert backend.collections() == [CollectionInfo("default", 3, 3)]


def test_a_deleted_document_is_gone_everywhere(
    backend: Backend, make_document: MakeDocument
) -> None:
    backend.put("default", [make_document(one, f"Walnuts {one}.") for one in ("a", "b", "c")])
    assert backend.delete("default", ["a", "nope", "c"]) == 2
    assert backend.get("default", "a") is None
    assert [one.id for one in backend.page("default", "", 10)] == ["b"]
    assert ids(backend, "walnuts") == ["b"]
    assert backend.collections() == [CollectionInfo("default", 1, 1)]
    assert backend.delete("default", ["a"]) == 0


def test_a_document_deleted_and_put_again_is_new_and_found(
    backend: Backend, make_document: MakeDocument
) -> None:
    document = make_document("a", "Walnuts.")
    backend.put("default", [document])
    backend.delete("default", ["a"])
    assert backend.put("default", [document])[0].outcome == Outcome.CREATED
    assert ids(backend, "walnuts") == ["a"]


@pytest.mark.parametrize("document_id", STRANGE_IDS)
def test_any_text_is_an_id(backend: Backend, make_document: MakeDocument, document_id: str) -> None:
    document = make_document(document_id, "Walnuts.")
    backend.put("default", [document, make_document("other", "Almonds.")])
    assert backend.get("default", document_id) == document
    assert ids(backend, "walnuts") == [document_id]
    assert document_id in [one.id for one in backend.page("default", "", 10)]
    assert backend.delete("default", [document_id]) == 1
    assert backend.get("default", document_id) is None
    assert ids(backend, "walnuts") == []


def test_ids_that_look_alike_are_different_documents(
    backend: Backend, make_document: MakeDocument
) -> None:
    alike = [
        make_document(one, f"Text of number {place}.") for place, one in enumerate(STRANGE_IDS)
    ]
    backend.put("default", alike)
    assert [backend.get("default", one.id) for one in alike] == alike


def test_pages_follow_each_other_in_order_of_id_without_gap_or_repeat(
    backend: Backend, make_document: MakeDocument
) -> None:
    backend.put("default", [make_document(one) for one in STRANGE_IDS])
    backend.put("other", [make_document("zzz")])
    seen: list[str] = []
    after = ""
    while page := backend.page("default", after, 5):
        assert len(page) <= 5
        seen += [one.id for one in page]
        after = seen[-1]
    assert seen == sorted(STRANGE_IDS)


def test_collections_are_apart_and_a_query_names_which_to_search(
    backend: Backend, make_document: MakeDocument
) -> None:
    backend.put("nuts", [make_document("a", "Walnuts are brown.")])
    backend.put("trees", [make_document("a", "Walnuts grow on walnut trees.")])
    backend.put("ships", [make_document("a", "Ships sail.")])
    assert [one.name for one in backend.collections()] == ["nuts", "ships", "trees"]

    def found(collections: list[str] | None) -> set[str]:
        return {hit.collection for hit in backend.search("walnuts", collections, 10)}

    assert found(None) == {"nuts", "trees"}
    assert found(["nuts", "ships"]) == {"nuts"}
    assert found(["unknown"]) == set()
    assert found(["unknown", "trees"]) == {"trees"}
    assert found([]) == set()
    backend.delete("nuts", ["a"])
    assert backend.get("trees", "a") is not None
    assert found(None) == {"trees"}


def test_a_collection_is_there_as_long_as_it_has_a_document(
    backend: Backend, make_document: MakeDocument
) -> None:
    backend.put("default", [make_document("a", "Walnuts.")])
    backend.delete("default", ["a"])
    assert backend.collections() == []
    assert backend.delete_collection("default") is None


def test_a_deleted_collection_is_gone_and_its_name_free(
    backend: Backend, make_document: MakeDocument
) -> None:
    many = [make_document(str(one), f"Walnuts number {one}.") for one in range(50)]
    backend.put("nuts", many)
    backend.put("trees", [make_document("a", "Walnut trees.")])
    assert backend.delete_collection("nuts") == 50
    assert backend.page("nuts", "", 10) == []
    assert {hit.collection for hit in backend.search("walnut", None, 50)} == {"trees"}
    assert backend.put("nuts", many[:1])[0].outcome == Outcome.CREATED
    assert ids(backend, "walnuts", ["nuts"]) == ["0"]
    assert backend.delete_collection("nuts") == 1


def test_better_matches_come_first_and_scores_never_rise(
    backend: Backend, make_document: MakeDocument
) -> None:
    texts = {
        "once": "The harbour has a crane, some boats, a fish market and a long wall of stone.",
        "twice": "The lighthouse keeper painted the lighthouse.",
        "long": "A lighthouse " + "stood somewhere near the quiet town on the hill " * 6,
        "none": "Bread is baked in the morning.",
    }
    backend.put("default", [make_document(one, text) for one, text in texts.items()])
    backend.put("default", [make_document(str(one), "Something else.") for one in range(20)])
    hits = backend.search("lighthouse", None, 10)
    assert [hit.document_id for hit in hits] == ["twice", "long"]
    assert hits[0].score > hits[1].score


def test_equally_good_matches_come_in_the_order_they_were_put(
    backend: Backend, make_document: MakeDocument
) -> None:
    order = ["m", "z", "a", "k"]
    for one in order:
        backend.put("default", [make_document(one, "Walnuts are brown.")])
    backend.put("default", [make_document(str(one), "Something else.") for one in range(20)])
    assert ids(backend, "walnuts") == order


@pytest.mark.parametrize("limit", [0, 1, 2, 3, 10])
def test_fewer_results_are_the_beginning_of_more(
    backend: Backend, make_document: MakeDocument, limit: int
) -> None:
    sections = [("", f"Walnuts of kind {one}. " * 20) for one in range(3)]
    backend.put("default", [make_document("long", sections=sections)])
    backend.put("default", [make_document(str(one), f"Walnuts {one}.") for one in range(4)])
    every = backend.search("walnuts", None, 50)
    assert len(every) >= 7
    assert backend.search("walnuts", None, limit) == every[:limit]


def test_each_document_is_shown_once_before_any_is_shown_twice(
    backend: Backend, make_document: MakeDocument
) -> None:
    sections = [(f"Part {one}", "Walnuts, walnuts and walnuts.") for one in range(5)]
    backend.put("default", [make_document("many", sections=sections)])
    backend.put("default", [make_document("one", "Walnuts, among many other things to eat.")])
    backend.put("default", [make_document(str(one), "Something else.") for one in range(20)])
    assert ids(backend, "walnuts")[:3] == ["many", "one", "many"]


def test_the_title_and_the_heading_are_searched_with_the_text(
    backend: Backend, make_document: MakeDocument
) -> None:
    document = make_document(
        "a", title="Kilimanjaro", sections=[("Geology", "It has three volcanic cones.")]
    )
    backend.put("default", [document])
    assert ids(backend, "Kilimanjaro cones") == ["a"]
    assert ids(backend, "geology") == ["a"]


@pytest.mark.parametrize("query", ["", "   ", "?!", "the of and", "Hello!", "Thanks, that is nice"])
def test_a_query_without_a_telling_word_finds_nothing(
    backend: Backend, make_document: MakeDocument, query: str
) -> None:
    backend.put("default", [make_document("a", "Hello, thanks, the of and that is nice.")])
    assert backend.search(query, None, 10) == []


def test_everything_is_there_after_reopening(reopen: Reopen, make_document: MakeDocument) -> None:
    documents = [make_document(str(one), f"Walnuts number {one}.") for one in range(30)]
    with reopen() as backend:
        backend.put("default", documents)
        backend.delete("default", ["3"])
        backend.put("default", [make_document("4", "Almonds.")])
        backend.put("gone", documents)
        backend.delete_collection("gone")
        before = (backend.collections(), backend.search("walnuts", None, 50))
    with reopen() as backend:
        assert (backend.collections(), backend.search("walnuts", None, 50)) == before
        assert backend.get("default", "3") is None
        assert ids(backend, "almonds") == ["4"]
        assert backend.put("default", documents[:1])[0].outcome == Outcome.UNCHANGED


def test_a_closed_backend_says_so(reopen: Reopen, make_document: MakeDocument) -> None:
    with reopen() as backend:
        backend.put("default", [make_document("a")])
    assert any(part.required for part in backend.missing())
    with pytest.raises(BackendError):
        backend.search("walnuts", None, 5)
