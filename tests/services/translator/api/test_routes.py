"""The LibreTranslate-compatible paths, over raw HTTP."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from services.contract import ErrorCode
from services.translator.engines.interface import EngineError

pytestmark = pytest.mark.anyio

FORM = {"content-type": "application/x-www-form-urlencoded"}


async def post(serve: Any, app: Any, path: str = "/translate", **fields: Any) -> Any:
    async with serve(app) as client:
        return await client.post(path, json={"source": "en", "target": "fr"} | fields)


async def test_a_text_gives_a_text(serve: Any, make_app: Any) -> None:
    answer = await post(serve, make_app(), q="Hello world")
    assert answer.status_code == 200
    assert answer.json() == {"translatedText": "Bonjour monde"}


async def test_a_list_gives_a_list_in_its_order(serve: Any, make_app: Any, words: Any) -> None:
    answer = await post(serve, make_app(), q=["dogs", "cats", "", "dogs", "12 + 3"])
    assert answer.json() == {"translatedText": ["chiens", "chats", "", "chiens", "12 + 3"]}
    assert sorted(words.asked) == ["cats", "dogs"]


async def test_spaces_around_a_text_stay(serve: Any, make_app: Any) -> None:
    answer = await post(serve, make_app(), q="\n  hello \r\n")
    assert answer.json()["translatedText"] == "\n  bonjour \r\n"


async def test_forms_and_json_are_read_alike(serve: Any, make_app: Any) -> None:
    async with serve(make_app()) as client:
        body = "q=hello%20world&source=en&target=fr&alternatives=1&format="
        answer = await client.post("/translate", content=body, headers=FORM)
        several = await client.post(
            "/translate", content="q=cats&q=dogs&source=en&target=fr", headers=FORM
        )
    assert answer.json()["alternatives"] == ["bonjour monde (2)"]
    assert several.json() == {"translatedText": ["chats", "chiens"]}


async def test_alternatives_are_given_as_many_as_asked_for(serve: Any, make_app: Any) -> None:
    one = await post(serve, make_app(), q="hello", alternatives=2)
    assert one.json()["alternatives"] == ["bonjour (2)", "bonjour (3)"]
    batch = await post(serve, make_app(), q=["hello", "cats"], alternatives=1)
    assert batch.json()["alternatives"] == [["bonjour (2)"], ["chats (2)"]]
    assert "alternatives" not in (await post(serve, make_app(), q="hello")).json()


async def test_auto_says_what_the_text_was_taken_for(serve: Any, make_app: Any) -> None:
    answer = await post(serve, make_app(), q="Where is the bakery now", source="auto")
    assert answer.json()["translatedText"] == "Où est les boulangerie maintenant"
    detected = answer.json()["detectedLanguage"]
    assert detected["language"] == "en"
    assert 80 < detected["confidence"] <= 100
    batch = await post(serve, make_app(), q=["hello", "cats"], source="auto")
    assert [one["language"] for one in batch.json()["detectedLanguage"]] == ["en", "en"]


async def test_a_text_in_the_target_language_is_given_back(serve: Any, make_app: Any) -> None:
    french = "Je voudrais savoir où se trouve la gare, s'il vous plaît."
    assert (await post(serve, make_app(), q=french, source="auto")).json()[
        "translatedText"
    ] == french
    same = await post(serve, make_app(), q="Whatever", source="en", target="en")
    assert same.json() == {"translatedText": "Whatever"}


async def test_auto_without_a_detector_takes_english(serve: Any, make_app: Any) -> None:
    answer = await post(serve, make_app(detector="off"), q="hello", source="auto")
    assert answer.json()["detectedLanguage"] == {"confidence": 0.0, "language": "en"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "missing q parameter"),
        ({"q": ""}, "missing q parameter"),
        ({"q": []}, "missing q parameter"),
        ({"q": "hello", "source": None}, "missing source parameter"),
        ({"q": "hello", "target": ""}, "missing target parameter"),
        ({"q": 5}, "q parameter must be a text or a list of texts"),
        ({"q": ["hello", {}]}, "q parameter must be a text or a list of texts"),
        ({"q": "hello", "format": "pdf"}, "format parameter must be text or html"),
        ({"q": "hello", "alternatives": "many"}, "alternatives parameter is not a number"),
        ({"q": "hello", "alternatives": -1}, "alternatives parameter is not a number"),
        ({"q": "hello", "source": ["en"]}, "source parameter must be a text"),
        ({"q": "hello", "target": "klingonese"}, "target is not supported"),
        ({"q": "hello", "source": "../x"}, "source is not supported"),
        ({"q": "hel\u0007lo"}, "U+0007"),
    ],
)
async def test_a_wrong_field_is_a_400_that_names_it(
    fields: dict[str, Any], message: str, serve: Any, make_app: Any
) -> None:
    answer = await post(serve, make_app(), **fields)
    assert answer.status_code == 400
    assert set(answer.json()) == {"error"}
    assert message in answer.json()["error"]


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"{", "application/json"),
        (b"[" * 50_000, "application/json"),
        (b'["q"]', "application/json"),
        (b'{"q": "\\ud800", "source": "en", "target": "fr"}', "application/json"),
        (b"q=%ff&source=en&target=fr", "application/x-www-form-urlencoded"),
        (b"\xff", "application/x-www-form-urlencoded"),
        (b"&a=1" * 500, "application/x-www-form-urlencoded"),
        (b"hello", "multipart/form-data; boundary=x"),
        (b"hello", "text/plain"),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_400(
    body: bytes, media_type: str, serve: Any, make_app: Any
) -> None:
    async with serve(make_app()) as client:
        answer = await client.post("/translate", content=body, headers={"content-type": media_type})
    assert answer.status_code == 400
    assert isinstance(answer.json()["error"], str)


async def test_a_pair_nobody_does_is_a_400_and_a_declined_text_a_422(
    serve: Any, make_app: Any
) -> None:
    pair = await post(serve, make_app(), q="hello", target="cy")
    assert (pair.status_code, pair.json()["error"]) == (400, "en is not translatable to cy")
    text = await post(serve, make_app(), q="hello gnomes")
    assert text.status_code == 422
    assert text.json()["error"] == "no engine could translate all of this text from en to fr"


async def test_one_declined_text_fails_a_batch_and_is_named(serve: Any, make_app: Any) -> None:
    answer = await post(serve, make_app(), q=["hello", "cats", "gnomes", "trolls"])
    assert answer.status_code == 422
    assert answer.json()["error"].startswith("q[2]: ")


async def test_what_was_sent_is_not_told_in_errors_and_logs(
    serve: Any, make_app: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    app = make_app(api_key="opensesame")
    for fields in ({"api_key": "hunter2"}, {"api_key": "opensesame"}, {"target": "hunter2"}):
        answer = await post(serve, app, q="gnomes hunter2", **fields)
        assert answer.status_code in (400, 403, 422)
        assert "hunter2" not in answer.text
    assert "hunter2" not in caplog.text
    assert "opensesame" not in caplog.text


@pytest.mark.parametrize(
    ("code", "status"),
    [(ErrorCode.OVERLOADED, 429), (ErrorCode.UNAVAILABLE, 503), (ErrorCode.DEADLINE, 504)],
)
async def test_an_engine_s_failure_is_a_failure(
    code: ErrorCode, status: int, serve: Any, make_app: Any, words: Any
) -> None:
    words.failure = EngineError(code, "the engine is not well")
    answer = await post(serve, make_app(), q=["hello", "cats"])
    assert answer.status_code == status
    assert answer.json() == {"error": "q[0]: the engine is not well"}
    assert ("retry-after" in answer.headers) == (status == 429)


async def test_batches_and_texts_have_limits(serve: Any, make_app: Any) -> None:
    app = make_app(max_batch=2, max_input_chars=30)
    assert (await post(serve, app, q=["hello"] * 3)).status_code == 400
    assert (await post(serve, app, q="hello " * 6)).status_code == 400
    long_tags = f"<p class='{'x' * 100}'>hello</p>"
    assert (await post(serve, app, q=long_tags, format="html")).status_code == 200
    assert (await post(serve, app, q=long_tags + "hello " * 6, format="html")).status_code == 400


async def test_the_chassis_limits_hold_with_its_own_error_body(serve: Any, make_app: Any) -> None:
    answer = await post(serve, make_app(max_body_bytes=100), q="hello " * 50)
    assert answer.status_code == 413
    assert answer.json()["error"]["code"] == "too_large"


@pytest.mark.parametrize("path", ["/translate", "/detect"])
async def test_with_a_key_set_others_are_refused(path: str, serve: Any, make_app: Any) -> None:
    app = make_app(api_key="clé")
    assert (await post(serve, app, path, q="hello")).status_code == 403
    wrong = await post(serve, app, path, q="hello", api_key="cle")
    assert (wrong.status_code, wrong.json()) == (403, {"error": "Invalid API key"})
    assert (await post(serve, app, path, q="hello", api_key="clé")).status_code == 200
    async with serve(app) as client:
        assert (await client.get("/languages")).status_code == 200
        assert (await client.get("/frontend/settings")).json()["keyRequired"] is True


async def test_without_a_key_set_any_is_ignored(serve: Any, make_app: Any) -> None:
    assert (await post(serve, make_app(), q="hello", api_key="x")).status_code == 200


async def test_detect_ranks_languages_in_percent(serve: Any, make_app: Any) -> None:
    answer = await post(serve, make_app(), "/detect", q="Je voudrais un croissant, merci")
    assert answer.json()[0]["language"] == "fr"
    assert 80 < answer.json()[0]["confidence"] <= 100
    assert (await post(serve, make_app(), "/detect", q="123")).json() == []
    off = await post(serve, make_app(detector="off"), "/detect", q="hello")
    assert off.status_code == 400


async def test_languages_are_listed_with_targets_and_engines(serve: Any, make_app: Any) -> None:
    async with serve(make_app()) as client:
        listed = {one["code"]: one for one in (await client.get("/languages")).json()}
    assert listed["en"]["name"] == "English"
    assert listed["en"]["targets"] == ["fr"]
    assert listed["en"]["engines"] == {"fr": ["words"]}


@pytest.mark.parametrize(
    ("code", "status"), [("pt-BR", 400), ("pb", 400), ("EN", 200), ("eng", 200)]
)
async def test_codes_are_known_in_several_spellings(
    code: str, status: int, serve: Any, make_app: Any
) -> None:
    answer = await post(serve, make_app(), q="hello", source=code)
    assert answer.status_code == status
    if status == 400:
        assert answer.json()["error"] == "pt is not translatable to fr"


async def test_other_paths_keep_the_chassis_error_body(serve: Any, make_app: Any) -> None:
    async with serve(make_app()) as client:
        assert (await client.get("/translate")).json()["error"]["code"] == "method_not_allowed"
        assert (await client.get("/nothing")).json()["error"]["code"] == "not_found"
        assert (await client.get("/health")).json() == {"status": "ok"}
        described = (await client.get("/openapi.json")).json()
    assert "requestBody" in described["paths"]["/translate"]["post"]
    json.dumps(described)


async def test_html_keeps_its_tags_and_translates_sentences_across_them(
    serve: Any, make_app: Any, words: Any
) -> None:
    source = (
        '<!doctype html><p class="here">Click <a href="/now">here</a> &amp; now</p>'
        '<p translate="no">Hello</p><ul><li>cats<li><b>dogs</b></ul><code>the</code>'
    )
    answer = await post(serve, make_app(), q=source, format="html", alternatives=1)
    assert answer.json()["translatedText"] == (
        '<!doctype html><p class="here">Cliquez <a href="/now">ici</a> &amp; maintenant</p>'
        '<p translate="no">Hello</p><ul><li>chats<li><b>chiens</b></ul><code>the</code>'
    )
    assert len(words.asked) == 3
    assert answer.json()["alternatives"] == []


async def test_html_whose_tags_an_engine_loses_is_translated_between_them(
    serve: Any, make_app: Any, words: Any
) -> None:
    words.loses_marks = True
    answer = await post(serve, make_app(), q="<p>Click <b>here</b> now</p>", format="html")
    assert answer.json()["translatedText"] == "<p>Cliquez <b>ici</b> maintenant</p>"


async def test_html_with_a_declined_sentence_is_declined(serve: Any, make_app: Any) -> None:
    answer = await post(serve, make_app(), q="<p>cats</p><p>gnomes</p>", format="html")
    assert answer.status_code == 422


async def test_html_s_language_is_found_once_for_all_of_it(serve: Any, make_app: Any) -> None:
    source = "<h1>Where is the bakery</h1><p>the bakery is here now</p><p>cats</p>"
    answer = await post(serve, make_app(), q=source, format="html", source="auto")
    assert answer.json()["detectedLanguage"]["language"] == "en"
    assert answer.json()["translatedText"].endswith("<p>chats</p>")


@pytest.mark.parametrize("source", ["", "<p>12</p>", "<br>", "<", "<b", "</", "<!--", "&#x110000;"])
async def test_html_without_words_is_given_back(source: str, serve: Any, make_app: Any) -> None:
    answer = await post(serve, make_app(), q=[source, "cats"], format="html")
    assert answer.json() == {"translatedText": [source, "chats"]}
