"""Headers of every answer: safety, origins, versions, request ids."""

import httpx
import pytest
from fastapi import FastAPI

from app.core.settings import DatabaseSettings, HttpSettings, Settings
from app.routers.middleware.headers import AnswerHeaders

THINGS = "/api/v1/things"
THING = f"{THINGS}/0198c5f0-0000-7000-8000-000000000009"
SHOP = "https://shop.example"


async def test_d35_private_answers_are_not_stored(things: httpx.AsyncClient) -> None:
    for path in (THINGS, THING, "/nothing", f"{THINGS}/x"):
        answer = await things.get(path)
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")
        assert "strict-transport-security" not in answer.headers
    assert (await things.get(f"{THINGS}/x.css")).status_code == 422


def test_https_is_made_to_stay() -> None:
    headers = AnswerHeaders(HttpSettings(public_url="https://api.example"))
    names = [name for name, _ in headers.complete([], None, b"request-1")]
    assert b"strict-transport-security" in names


def test_an_endpoint_may_say_how_long_its_answer_lives() -> None:
    mine = [(b"cache-control", b"public, max-age=60"), (b"content-security-policy", b"own")]
    found = AnswerHeaders(HttpSettings()).complete(mine, None, b"request-1")
    assert [value for name, value in found if name == b"cache-control"] == [b"public, max-age=60"]
    assert [value for name, value in found if name == b"content-security-policy"] == [b"own"]


@pytest.mark.parametrize(
    "sent", ["short", "x" * 65, "a b c d e f g h", "id\r\nset-cookie: x", "é" * 9]
)
async def test_d23_a_request_id_that_is_not_plain_is_replaced(
    things: httpx.AsyncClient, sent: str
) -> None:
    answer = await things.get(THINGS, headers=[(b"x-request-id", sent.encode())])
    assert answer.headers["x-request-id"] != sent
    assert len(answer.headers["x-request-id"]) == 32


async def test_a_plain_request_id_is_kept(things: httpx.AsyncClient) -> None:
    answer = await things.get(THINGS, headers={"x-request-id": "edge-42.A_b-c"})
    assert answer.headers["x-request-id"] == "edge-42.A_b-c"


class TestOrigins:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings(
            database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
            http=HttpSettings(cors_origins=[SHOP], rate_limits_enabled=False),
        )

    async def test_a_known_origin_may_read(self, things: httpx.AsyncClient) -> None:
        answer = await things.get(THINGS, headers={"origin": SHOP})
        assert answer.headers["access-control-allow-origin"] == SHOP
        assert answer.headers["vary"] == "Origin"
        assert "access-control-allow-credentials" not in answer.headers

    async def test_a_known_origin_may_ask_first(self, things: httpx.AsyncClient) -> None:
        headers = {"origin": SHOP, "access-control-request-method": "POST"}
        answer = await things.options(THINGS, headers=headers)
        assert answer.status_code == 204
        allowed = answer.headers["access-control-allow-headers"]
        assert {"Idempotency-Key", "X-Channel"} <= set(allowed.split(", "))

    @pytest.mark.parametrize(
        "origin",
        [
            "null",
            "https://evil.example",
            "https://sub.shop.example",
            f"{SHOP}.evil",
            "http://shop.example",
            f"{SHOP}:443",
        ],
    )
    async def test_d34_another_origin_gets_no_permission(
        self, things: httpx.AsyncClient, origin: str
    ) -> None:
        headers = {"origin": origin, "access-control-request-method": "POST"}
        for answer in (
            await things.get(THINGS, headers=headers),
            await things.options(THINGS, headers=headers),
        ):
            assert answer.headers["vary"] == "Origin"
            assert not [name for name in answer.headers if name.startswith("access-control-")]


@pytest.mark.parametrize(
    ("if_match", "status"),
    [
        ('"7"', 200),
        (' "7" ', 200),
        (None, 428),
        ("*", 428),
        ('"6"', 412),
        ('W/"7"', 412),
        ('"7", "8"', 412),
        ("7", 412),
        ('"x"', 412),
        ('"99999999999999999999"', 412),
        ("", 412),
    ],
)
async def test_d31_only_the_one_current_version_is_changed(
    things: httpx.AsyncClient, if_match: str | None, status: int
) -> None:
    headers = {} if if_match is None else {"if-match": if_match}
    assert (await things.put(THING, headers=headers)).status_code == status


@pytest.mark.parametrize(
    ("held", "status"), [('"7"', 304), ('W/"7"', 304), ('"1", "7"', 304), ("*", 304), ('"8"', 200)]
)
async def test_what_the_caller_holds_is_not_sent_again(
    things: httpx.AsyncClient, held: str, status: int
) -> None:
    answer = await things.get(THING, headers={"if-none-match": held})
    assert answer.status_code == status
    assert answer.headers["etag"] == '"7"'


async def test_d1_nul_in_a_header_reaches_nobody(tiny: FastAPI) -> None:
    headers = [(b"x-request-id", b"aaaaaaaa\x00"), (b"accept-language", b"zh\x00")]
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(tiny), base_url="http://test"
    ) as client:
        answer = await client.get(THINGS, headers=headers)
    assert answer.status_code == 200
    assert "\x00" not in answer.headers["x-request-id"]
