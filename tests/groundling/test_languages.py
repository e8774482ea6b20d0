"""groundling.languages: the list as a table and as JSON, and what is said when nobody answers."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from groundling.cli import main
from groundling.languages import DEFAULT_URL, add_languages_options, run_languages
from services.contract import discover_tools

LISTED: list[dict[str, Any]] = [
    {
        "code": "en",
        "name": "English",
        "targets": ["de", "es", "fr"],
        "engines": {"de": ["freedict"], "es": ["apertium", "freedict"], "fr": ["freedict"]},
        "installable": {"gl": "apt-get install apertium-en-gl"},
    },
    {
        "code": "gl",
        "name": "Galician",
        "targets": [],
        "engines": {},
        "installable": {"en": "apt-get install apertium-en-gl"},
    },
    {"code": "es", "name": "Spanish", "targets": ["en"], "engines": {"en": ["apertium"]}},
]
READY = {
    "ready": True,
    "missing": [{"part": "argos", "how": "put packages into /data", "required": False}],
}

Run = Callable[..., int]


@pytest.fixture
def run() -> Run:
    """`run("--from", "en", languages=..., ready=...)`: the exit status."""

    def running(*arguments: str, languages: Any = None, ready: Any = None) -> int:
        answers = {
            "/languages": languages or httpx.Response(200, json=LISTED),
            "/readyz": ready or httpx.Response(200, json=READY),
        }

        def answer(request: httpx.Request) -> httpx.Response:
            given = answers[request.url.path]
            if isinstance(given, Exception):
                raise given
            assert isinstance(given, httpx.Response)
            return given

        parser = argparse.ArgumentParser()
        add_languages_options(parser, str)
        options = parser.parse_args(["--url", "http://translator.test/", *arguments])
        return run_languages(options, transport=httpx.MockTransport(answer))

    return running


def test_pairs_are_grouped_by_engines(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run() == 0
    assert capsys.readouterr().out.splitlines() == [
        "English (en) to de, fr: freedict",
        "English (en) to Spanish (es): apertium, freedict",
        "Spanish (es) to English (en): apertium",
        "",
        "to add up to 2 pairs by packages: --from or --to LANGUAGE tells which",
        "argos: put packages into /data",
    ]


@pytest.mark.parametrize("said", ["gl", "Galician", "galician"])
def test_a_language_s_packages_are_named(
    said: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("--to", said) == 0
    assert capsys.readouterr().out.splitlines() == [
        "nothing can be translated so",
        "",
        "to add English to Galician (gl): apt-get install apertium-en-gl",
        "argos: put packages into /data",
    ]


def test_from_and_to_narrow_the_list(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--from", "English", "--to", "es") == 0
    out = capsys.readouterr().out
    assert out.startswith("English (en) to Spanish (es): apertium, freedict\n")
    assert "fr" not in out.replace("freedict", "")


def test_json_is_the_service_s_list_narrowed(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--json", "--from", "en", "--to", "es") == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["code"], one["targets"]) == ("en", ["es"])
    assert one["engines"] == {"es": ["apertium", "freedict"]}


def test_an_unknown_language_is_an_error(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("--from", "Klingonese") == 1
    assert "'Klingonese' is not among" in capsys.readouterr().err


def test_libretranslate_itself_can_be_asked(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    plain = [{"code": "en", "name": "English", "targets": ["en", "fr"]}]
    languages = httpx.Response(200, json=plain)
    assert run(languages=languages, ready=httpx.Response(404, text="Not found")) == 0
    assert "English (en) to English (en), fr" in capsys.readouterr().out


def test_what_a_server_sends_cannot_steer_the_terminal(
    run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    wild = [{"code": "en", "name": "Eng\x1b[2Jlish\n", "targets": ["fr"]}]
    assert run(languages=httpx.Response(200, json=wild)) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (httpx.ConnectError("refused"), "start it with: groundling up"),
        (httpx.Response(404, json={}), "not as a translator"),
        (httpx.Response(200, text="<html>"), "not as a translator"),
        (httpx.Response(200, json=[{"code": 1}]), "not as a translator"),
        (httpx.ReadTimeout("slow"), "did not answer in time"),
        (httpx.ReadError("broken"), "broke"),
    ],
)
def test_every_failure_is_one_line_and_status_1(
    answer: Any, message: str, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(languages=answer) == 1
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1


def test_the_default_address_is_the_tool_s_own_port() -> None:
    (port,) = (tool.port for tool in discover_tools() if tool.name == "translator")
    assert httpx.URL(DEFAULT_URL).port == port


def test_the_command_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["languages", "--help"])
    assert ended.value.code == 0
    assert "usage: groundling languages" in capsys.readouterr().out
