"""Who comes in: with which key, from where, by which name, to which paths."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from gateway.access.scopes import SCOPES

pytestmark = pytest.mark.anyio

ELSEWHERE = ("203.0.113.7", 50000)
PATHS = {
    "chat": [
        ("POST", "/v1/chat"),
        ("POST", "/v1/chat/completions"),
        ("GET", "/v1/models"),
        ("GET", "/v1/roles"),
        ("GET", "/v1/tools"),
    ],
    "tools": [("POST", "/v1/toolset")],
    "sessions": [("GET", "/v1/sessions"), ("GET", "/v1/sessions/s1")],
    "metrics": [("GET", "/metrics")],
}
OPEN = ["/", "/healthz", "/readyz", "/docs", "/openapi.json"]


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("held", SCOPES)
async def test_a_key_opens_the_paths_of_its_scope_and_no_others(held: str, gate: Any) -> None:
    there = await gate()
    headers = await there.key(held)
    async with there.client(ELSEWHERE) as client:
        for scope, paths in PATHS.items():
            for method, path in paths:
                answer = await client.request(method, path, headers=headers)
                if scope == held:
                    assert answer.status_code == 200, path
                else:
                    assert error(answer) == (403, "forbidden"), path
                    assert f"the scope {scope}" in answer.json()["error"]["message"]


async def test_an_unknown_path_of_the_api_is_a_404_to_any_key_and_a_401_without(
    gate: Any,
) -> None:
    there = await gate()
    headers = await there.key("metrics")
    async with there.client(ELSEWHERE) as client:
        assert error(await client.get("/v1/nothing", headers=headers)) == (404, "not_found")
        assert error(await client.get("/v1/nothing")) == (401, "unauthorized")
        assert error(await client.get("/v1")) == (401, "unauthorized")


@pytest.mark.parametrize("require_key", ["auto", "always"])
async def test_the_page_health_and_documentation_need_no_key(require_key: str, gate: Any) -> None:
    there = await gate(require_key=require_key)
    async with there.client(ELSEWHERE, "chat.example.org") as client:
        for path in OPEN:
            answer = await client.get(path, headers={"authorization": "nonsense"})
            assert answer.status_code == 200, path


async def test_a_prefix_that_the_server_is_told_opens_nothing(gate: Any) -> None:
    there = await gate()
    transport = httpx.ASGITransport(there.app, root_path="/prefix", client=ELSEWHERE)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        assert (await client.get("/prefix/")).status_code == 200
        for path in ("/prefix/v1/sessions", "/v1/sessions", "/prefix/metrics"):
            assert error(await client.get(path)) == (401, "unauthorized"), path


async def test_without_a_key_the_refusal_says_how_to_get_one(gate: Any) -> None:
    there = await gate()
    async with there.client(ELSEWHERE) as client:
        answer = await client.post("/v1/chat")
    assert error(answer) == (401, "unauthorized")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "groundling keys create" in answer.json()["error"]["message"]


async def test_sessions_belong_to_the_key_that_asks(gate: Any) -> None:
    there = await gate()
    one, other = await there.key(), await there.key()
    async with there.client() as client:
        owners = [(await client.get("/v1/sessions", headers=key)).json() for key in (one, other)]
        nobody = (await client.get("/v1/sessions")).json()
    assert owners == [key["authorization"].split("_")[1] for key in (one, other)]
    assert nobody == "local"


@pytest.mark.parametrize(
    "peer", ["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1", None], ids=str
)
@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST:8080", "app.localhost:1", "127.0.0.1:80", "[::1]:8080", "localhost."],
)
async def test_this_machine_by_a_name_of_its_own_needs_no_key(
    peer: str | None, host: str, gate: Any
) -> None:
    there = await gate()
    async with there.client((peer, 1) if peer else None) as client:
        answer = await client.get("/v1/sessions", headers={"host": host})
    assert answer.json() == "local"


@pytest.mark.parametrize(
    ("peer", "headers"),
    [
        ("203.0.113.7", {}),
        ("10.0.0.1", {}),
        ("::ffff:10.0.0.1", {}),
        ("2001:db8::1", {}),
        ("not-an-address", {}),
        ("127.0.0.1", {"host": "rebound.example.org"}),
        ("127.0.0.1", {"host": "localhost.example.org"}),
        ("127.0.0.1", {"host": "127.0.0.1.example.org:8080"}),
        ("127.0.0.1", {"host": "notlocalhost"}),
        ("127.0.0.1", {"host": "0.0.0.0"}),
        ("127.0.0.1", {"host": "10.0.0.1"}),
        ("127.0.0.1", {"host": "localhost@example.org"}),
        ("127.0.0.1", {"host": "[::1].example.org"}),
        ("127.0.0.1", {"host": "localhost:80:80"}),
        ("127.0.0.1", {"host": ""}),
        ("127.0.0.1", {"host": "lo\xe7alhost"}),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}),
        ("127.0.0.1", {"X-Forwarded-Host": "localhost"}),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}),
        ("127.0.0.1", {"x-real-ip": "127.0.0.1"}),
        ("127.0.0.1", {"via": "1.1 proxy"}),
        ("127.0.0.1", {"origin": "https://example.org"}),
        ("127.0.0.1", {"origin": "null"}),
        ("127.0.0.1", {"origin": "https://localhost.example.org:8080"}),
    ],
)
async def test_elsewhere_a_strange_name_a_proxy_or_another_sites_page_needs_a_key(
    peer: str, headers: dict[str, str], gate: Any
) -> None:
    there = await gate()
    key = await there.key()
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    async with there.client((peer, 1)) as client:
        assert error(await client.get("/v1/sessions", headers=raw)) == (401, "unauthorized")
        with_key = [*raw, (b"authorization", key["authorization"].encode())]
        assert (await client.get("/v1/sessions", headers=with_key)).status_code == 200


async def test_a_page_of_this_machine_needs_no_key(gate: Any) -> None:
    there = await gate()
    async with there.client() as client:
        for page in ("http://localhost:8080", "http://127.0.0.1:3000", "http://[::1]"):
            answer = await client.post("/v1/chat", headers={"origin": page})
            assert answer.status_code == 200, page


async def test_two_host_headers_are_no_name_of_this_machine(gate: Any) -> None:
    there = await gate()
    async with there.client() as client:
        hosts = [("host", "localhost"), ("host", "rebound.example.org")]
        answer = await client.get("/v1/sessions", headers=hosts)
    assert error(answer) == (401, "unauthorized")


@pytest.mark.parametrize(
    ("require_key", "peer", "status"),
    [("always", "127.0.0.1", 401), ("never", "203.0.113.7", 200)],
)
async def test_whether_a_key_is_needed_is_a_setting(
    require_key: str, peer: str, status: int, gate: Any
) -> None:
    there = await gate(require_key=require_key)
    async with there.client((peer, 1)) as client:
        assert (await client.get("/v1/sessions")).status_code == status


@pytest.mark.parametrize(
    "value",
    [
        "Bearer gl_",
        "Bearer gl_aaaaaaaaaaaa",
        f"Bearer gl_aaaaaaaaaaaa_{'A' * 43}",  # unknown
        f"Bearer gl_AAAAAAAAAAAA_{'A' * 43}",
        f"Bearer gl_aaaaaaaaaaaa_{'A' * 44}",
        f"Bearer gl_aaaaaaaaaaaa_{'é' * 43}",
        "Basic dXNlcjpwYXNz",
        "gl_aaaaaaaaaaaa",
        "bearer",
        "Bearer\tgl_x",
        "",
    ],
)
async def test_a_key_that_is_none_of_ours_is_refused_from_elsewhere(value: str, gate: Any) -> None:
    there = await gate()
    async with there.client(ELSEWHERE) as client:
        headers = [(b"authorization", value.encode("latin-1"))]
        assert error(await client.get("/v1/sessions", headers=headers)) == (401, "unauthorized")


async def test_where_no_key_is_needed_only_what_looks_like_ours_must_be_good(gate: Any) -> None:
    there = await gate()
    async with there.client() as client:
        for value, status in [
            ("Bearer sk-dummy", 200),
            ("Bearer none", 200),
            (f"Bearer gl_aaaaaaaaaaaa_{'A' * 43}", 401),
            ("Bearer gl_x", 401),
            ("Basic dXNlcjpwYXNz", 401),
        ]:
            answer = await client.get("/v1/sessions", headers={"authorization": value})
            assert answer.status_code == status, value


async def test_several_authorization_headers_are_refused_though_one_is_good(gate: Any) -> None:
    there = await gate()
    key = await there.key()
    async with there.client() as client:
        headers = [*key.items(), *key.items()]
        answer = await client.get("/v1/sessions", headers=headers)
    assert error(answer) == (401, "unauthorized")
    assert "several Authorization headers" in answer.json()["error"]["message"]


async def test_the_scheme_is_read_whatever_its_case(gate: Any) -> None:
    there = await gate()
    key = await there.key()
    async with there.client(ELSEWHERE) as client:
        for scheme in ("bearer", "BEARER", "Bearer "):
            value = key["authorization"].replace("Bearer", scheme)
            answer = await client.get("/v1/sessions", headers={"authorization": value})
            assert answer.status_code == 200, scheme


async def test_a_right_id_with_a_wrong_secret_is_refused_as_an_unknown_key_is(gate: Any) -> None:
    there = await gate()
    key = await there.key()
    wrong = key["authorization"][:-43] + "A" * 43
    unknown = f"Bearer gl_aaaaaaaaaaaa_{'A' * 43}"
    async with there.client(ELSEWHERE) as client:
        answers = [
            await client.get("/v1/sessions", headers={"authorization": value})
            for value in (wrong, unknown)
        ]
    said = [(error(answer), answer.json()["error"]["message"]) for answer in answers]
    assert said[0] == said[1]
    assert said[0][0] == (401, "unauthorized")


async def test_a_key_ends_when_it_expires(gate: Any) -> None:
    there = await gate(key_cache_ms=3_600_000 * 48)
    key = await there.key(expires_days=1)
    async with there.client(ELSEWHERE) as client:
        there.time.passed_s = 86_399
        assert (await client.get("/v1/sessions", headers=key)).status_code == 200
        there.time.passed_s = 86_400  # though what was found is still remembered
        answer = await client.get("/v1/sessions", headers=key)
    assert error(answer) == (401, "unauthorized")
    assert "expired" in answer.json()["error"]["message"]


async def test_a_revoked_key_works_no_longer_than_it_is_remembered(gate: Any) -> None:
    there = await gate(key_cache_ms=2_000)
    key = await there.key()
    async with there.client(ELSEWHERE) as client:
        first = await client.get("/v1/sessions", headers=key)
        assert await there.keys.revoke(first.json())
        there.time.passed_s = 1.99
        assert (await client.get("/v1/sessions", headers=key)).status_code == 200
        there.time.passed_s = 2.0
        answer = await client.get("/v1/sessions", headers=key)
    assert error(answer) == (401, "unauthorized")
    assert "revoked" in answer.json()["error"]["message"]


async def test_keys_of_one_database_are_good_at_each_of_its_gateways(gate: Any) -> None:
    one, other = await gate(), await gate()
    key = await one.key()
    async with other.client(ELSEWHERE) as client:
        answer = await client.get("/v1/sessions", headers=key)
        assert answer.status_code == 200
        assert await other.keys.revoke(answer.json())
    async with one.client(ELSEWHERE) as client:
        assert (await client.get("/v1/sessions", headers=key)).status_code == 401


async def test_nobody_comes_in_while_keys_cannot_be_looked_up(gate: Any, tmp_path: Any) -> None:
    there = await gate()
    key = await there.key()
    for file in (tmp_path).glob("sessions.db*"):
        file.unlink()
    async with there.client(ELSEWHERE) as client:
        answer = await client.get("/v1/sessions", headers=key)
        assert error(answer) == (503, "unavailable")
        assert answer.headers["retry-after"]
    async with there.client() as client:  # who needs no key does not wait for the database
        assert (await client.get("/v1/sessions")).status_code == 200


async def test_who_may_not_come_in_has_no_body_read(gate: Any) -> None:
    there = await gate(max_body_bytes=10)
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the body was read")

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/chat",
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-length", b"1000000")],
        "client": ELSEWHERE,
    }
    await there.app(scope, receive, send)
    assert sent[0]["status"] == 401
    key = await there.key()
    async with there.client(ELSEWHERE) as client:
        answer = await client.post("/v1/chat", headers=key, content=b"x" * 11)
    assert error(answer) == (413, "too_large")
    assert there.turn.bodies == []


async def test_no_secret_and_nothing_of_an_unknown_key_is_logged(
    gate: Any, caplog: pytest.LogCaptureFixture
) -> None:
    there = await gate()
    expired = await there.key(expires_days=1)
    there.time.passed_s = 90_000
    unknown = f"Bearer gl_aaaaaaaaaaaa_{'A' * 43}"
    with caplog.at_level("INFO", "gateway"):
        async with there.client(ELSEWHERE) as client:
            for value in (expired["authorization"], unknown):
                await client.get("/v1/sessions", headers={"authorization": value})
    lines = [str(vars(record)) for record in caplog.records]
    secrets = (expired["authorization"][-43:], "A" * 43, "aaaaaaaaaaaa")
    assert len(lines) == 1, "the expired key, by its id"
    assert not [secret for secret in secrets if secret in lines[0]]
