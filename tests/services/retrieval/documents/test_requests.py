"""services.retrieval.documents.requests: how an uploaded file is named."""

from __future__ import annotations

import pytest

from services.retrieval.documents.model import Document
from services.retrieval.documents.requests import uploaded
from services.retrieval.parse.files import parse_bytes

CATS = b"Cats sleep for\nsixteen hours. " + b"They like boxes. " * 20


def upload(data: bytes, document_id: str | None = None, url: str | None = None) -> Document:
    def parse(data: bytes, media: str, name: str, url: str | None) -> list[Document]:
        return parse_bytes(data, media, name, url=url)

    (document,) = uploaded(parse, data, "text/plain", document_id=document_id, title=None, url=url)
    return document


@pytest.mark.parametrize(
    ("document_id", "url", "title"),
    [
        ("guides/cat_facts.txt", "https://e.org/x", "cat facts"),
        (None, "https://e.org/pets/big%20cats.txt?v=1#top", "big cats"),
        (None, "https://e.org/pets/", "pets"),
        (None, "http://[", "["),
        (None, None, "Cats sleep for sixteen hours. They like boxes. They like boxes. They like …"),
    ],
)
def test_a_file_without_title_is_called_by_its_id_its_address_or_its_first_words(
    document_id: str | None, url: str | None, title: str
) -> None:
    document = upload(CATS, document_id, url)
    assert document.title == title
    assert (document.id, document.url) == (document_id or url or document.id, url)


def test_a_file_without_id_and_address_is_known_by_its_content() -> None:
    assert upload(CATS).id == upload(CATS).id != upload(CATS + b"!").id


def test_a_long_text_without_spaces_is_called_by_its_beginning() -> None:
    assert upload(("猫" * 500).encode()).title == "猫" * 80
