"""Bad bodies, paths and queries (rows D1 to D16) are refused with a document, never a 500."""

import gzip
import json
from uuid import uuid4

import httpx
import pytest

from app.routers.middleware.strict_json import MAX_DEPTH
from app.routers.pages import Position

THINGS = "/api/v1/things"
JSON = {"content-type": "application/json"}

AN_ID = "019a0f3c-5b1e-7c62-9d5a-0d9f4d6c7e21"


async def send(things: httpx.AsyncClient, body: bytes, **headers: str) -> httpx.Response:
    return await things.post(THINGS, content=body, headers=JSON | headers)


def slug(answer: httpx.Response) -> str:
    assert answer.headers["content-type"] == "application/problem+json"
    found = answer.json()
    assert found["status"] == answer.status_code
    assert found["request_id"] == answer.headers["x-request-id"]
    return str(found["type"].removeprefix("/problems/"))


async def test_a_good_body_is_taken(things: httpx.AsyncClient) -> None:
    answer = await things.post(THINGS, json={"name": "茶 \U0001f375", "quantity": 2})
    assert answer.status_code == 201
    assert answer.json() == {"name": "茶 \U0001f375", "quantity": 2}


@pytest.mark.parametrize(
    "body", [rb'{"name": "a\u0000b"}', rb'{"name": "x", "anything": {"a\u0000": 1}}']
)
async def test_d1_nul_in_a_text_is_invalid(things: httpx.AsyncClient, body: bytes) -> None:
    answer = await send(things, body)
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")


async def test_d1_an_escaped_backslash_is_no_nul(things: httpx.AsyncClient) -> None:
    assert (await send(things, rb'{"name": "a\\u0000"}')).status_code == 201


@pytest.mark.parametrize("target", ["%00", "a%00b?x=1", "?status=%00", "?x=%00"])
async def test_d1_nul_in_an_address_is_invalid(things: httpx.AsyncClient, target: str) -> None:
    answer = await things.get(f"{THINGS}/{target}" if target[0] != "?" else f"{THINGS}{target}")
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")


@pytest.mark.parametrize(
    "body",
    [
        rb'{"name": "\ud800"}',
        rb'{"name": "x", "anything": {"\udfff": 1}}',
        b'{"name": "\xff"}',
        b'{"name": "\xc0\x80"}',
        b'\xef\xbb\xbf{"name": "x"}',
        '{"name": "x"}'.encode("utf-16"),
    ],
)
async def test_d2_broken_text_is_malformed(things: httpx.AsyncClient, body: bytes) -> None:
    answer = await send(things, body)
    assert (answer.status_code, slug(answer)) == (400, "malformed-json")


async def test_d2_a_surrogate_pair_is_one_character(things: httpx.AsyncClient) -> None:
    answer = await send(things, rb'{"name": "\ud83c\udf75"}')
    assert answer.json()["name"] == "\U0001f375"


@pytest.mark.parametrize("target", ["%ff", "?status=%ff", "?status=%c0%80"])
async def test_d2_an_address_that_is_not_utf_8_is_invalid(
    things: httpx.AsyncClient, target: str
) -> None:
    answer = await things.get(f"{THINGS}{'' if target[0] == '?' else '/'}{target}")
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")


async def test_d3_twins_of_one_text_become_one(things: httpx.AsyncClient) -> None:
    answer = await things.post(THINGS, json={"name": "cafe\u0301"})
    assert answer.json()["name"] == "café"


@pytest.mark.parametrize("quantity", ["1", "1_000", "１", "٣", 1.0, 1.5, True, None, [1]])
async def test_d4_only_a_number_is_a_number(things: httpx.AsyncClient, quantity: object) -> None:
    answer = await things.post(THINGS, json={"name": "x", "quantity": quantity})
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")
    assert answer.json()["errors"][0]["pointer"] == "/body/quantity"


@pytest.mark.parametrize("limit", ["1_0", "１", "٣", "+1", " 1", "1.0", "1e1", ""])
async def test_d4_only_digits_are_a_limit(things: httpx.AsyncClient, limit: str) -> None:
    answer = await things.get(THINGS, params={"limit": limit})
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "x", "name": "y"}',
        b'{"name": "x", "anything": {"a": {"b": 1, "b": 1}}}',
        b'{"name": "x"} // note',
        b'{"name": "x"}{}',
        b'{"name": "x",}',
        b"{'name': 'x'}",
        b"{",
        b" ",
        b"[" * 100_000,
        b'{"name": "x", "anything": {"a": ' + b"[" * 1_200 + b"]" * 1_200 + b"}}",
        b'{"name": "x", "anything": {"a": ' + b"[" * 40 + b"]" * 40 + b"}}",
    ],
)
async def test_d5_what_is_not_one_json_value_is_malformed(
    things: httpx.AsyncClient, body: bytes
) -> None:
    answer = await send(things, body)
    assert (answer.status_code, slug(answer)) == (400, "malformed-json")


async def test_d5_depth_is_counted_not_brackets(things: httpx.AsyncClient) -> None:
    wide = json.dumps({"name": "x", "anything": {"a": [[]] * 100}}).encode()
    assert (await send(things, wide)).status_code == 201
    inner = MAX_DEPTH - 2
    deep = b'{"name": "y", "anything": {"a": ' + b"[" * inner + b"]" * inner + b"}}"
    assert (await send(things, deep)).status_code == 201
    deeper = b'{"name": "z", "anything": {"a": ' + b"[" * (inner + 1) + b"]" * (inner + 1) + b"}}"
    assert (await send(things, deeper)).status_code == 400


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "-1E+400"])
@pytest.mark.parametrize("place", ['"quantity": %s', '"anything": {"a": [%s]}'])
async def test_d6_nan_is_malformed(things: httpx.AsyncClient, number: str, place: str) -> None:
    answer = await send(things, b'{"name": "x", ' + (place % number).encode() + b"}")
    assert (answer.status_code, slug(answer)) == (400, "malformed-json")


@pytest.mark.parametrize(
    "amount",
    ["0.30000000000000004", "1.005", "0.12345678901234567890", "1e50", "100.0", '"100"', "1_0"],
)
async def test_m6_an_amount_is_a_whole_number_of_minor_units(
    things: httpx.AsyncClient, amount: str
) -> None:
    """Money never comes as a fraction or a text; what JSON has no word for (D6) is malformed."""
    answer = await send(things, b'{"name": "x", "quantity": %s}' % amount.encode())
    expected = (400, "malformed-json") if amount == "1_0" else (422, "invalid-request")
    assert (answer.status_code, slug(answer)) == expected


@pytest.mark.parametrize(
    "digits", [str(2**63), str(-(2**63) - 1), "1" + "0" * 30, "1" + "0" * 5_000]
)
async def test_d6_a_number_beyond_64_bits_is_refused(
    things: httpx.AsyncClient, digits: str
) -> None:
    answer = await send(things, b'{"name": "x", "anything": {"a": %s}}' % digits.encode())
    assert answer.status_code in {400, 422}
    assert slug(answer) in {"malformed-json", "invalid-request"}


async def test_d6_the_largest_number_is_taken(things: httpx.AsyncClient) -> None:
    digits = str(2**63 - 1).encode()
    answer = await send(things, b'{"name": "x", "anything": {"a": %s}}' % digits)
    assert answer.status_code == 201


async def test_d7_a_stated_length_beyond_the_limit_is_too_large(things: httpx.AsyncClient) -> None:
    answer = await send(things, b'{"name": "x"}', **{"content-length": "200000000"})
    assert (answer.status_code, slug(answer)) == (413, "payload-too-large")
    assert answer.json()["limit_bytes"] == 1_000_000


async def test_d7_a_body_without_a_length_is_cut_off(things: httpx.AsyncClient) -> None:
    given = 0

    async def chunks():
        nonlocal given
        while given < 50_000_000:
            given += 100_000
            yield b"x" * 100_000

    answer = await things.post(THINGS, content=chunks(), headers=JSON)
    assert (answer.status_code, slug(answer)) == (413, "payload-too-large")


async def test_d7_an_encoded_body_is_another_type(things: httpx.AsyncClient) -> None:
    bomb = gzip.compress(b'{"name": "x"}')
    answer = await send(things, bomb, **{"content-encoding": "gzip"})
    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")


@pytest.mark.parametrize(
    "kind",
    [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/json; charset=utf-16",
        "application/json, text/plain",
        "",
    ],
)
async def test_d8_only_json_is_taken(things: httpx.AsyncClient, kind: str) -> None:
    answer = await things.post(THINGS, content=b'{"name": "x"}', headers={"content-type": kind})
    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")


async def test_d8_two_content_types_are_refused(things: httpx.AsyncClient) -> None:
    headers = [("content-type", "application/json"), ("content-type", "application/json")]
    answer = await things.post(THINGS, content=b'{"name": "x"}', headers=headers)
    assert (answer.status_code, slug(answer)) == (415, "unsupported-media-type")


async def test_d8_a_charset_may_be_named(things: httpx.AsyncClient) -> None:
    answer = await send(
        things, b'{"name": "x"}', **{"content-type": 'Application/JSON; charset="UTF-8"'}
    )
    assert answer.status_code == 201


@pytest.mark.parametrize("field", ["role", "is_admin", "merchant_id", "balance"])
async def test_d9_an_unknown_field_is_refused(things: httpx.AsyncClient, field: str) -> None:
    answer = await things.post(THINGS, json={"name": "x", field: "secret-value"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "pointer": f"/body/{field}",
            "code": "unknown-field",
            "message": "Extra inputs are not permitted",
        }
    ]


@pytest.mark.parametrize("name", ["stauts", "role", "limit ", "attr.color", "x" * 100])
async def test_d9_an_unknown_parameter_is_refused(things: httpx.AsyncClient, name: str) -> None:
    """A filter that nobody reads would show everything."""
    answer = await things.get(THINGS, params={"limit": "3", name: "secret-value"})
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")
    assert answer.json()["errors"] == [
        {"pointer": f"/query/{name[:64]}", "code": "unknown-field", "message": "No such parameter"}
    ]


async def test_d9_a_parameter_is_unknown_where_there_are_none(things: httpx.AsyncClient) -> None:
    answer = await things.post(f"{THINGS}?name=y", json={"name": "x"})
    assert [each["pointer"] for each in answer.json()["errors"]] == ["/query/name"]


async def test_d10_null_for_something_required_is_refused(things: httpx.AsyncClient) -> None:
    answer = await things.post(THINGS, json={"name": None})
    assert answer.json()["errors"][0]["code"] == "string-type"


@pytest.mark.parametrize("limit", ["-1", "0", "101", str(10**9), str(10**20), "x"])
async def test_d13_a_limit_outside_1_to_100_is_refused(
    things: httpx.AsyncClient, limit: str
) -> None:
    answer = await things.get(THINGS, params={"limit": limit})
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")


@pytest.mark.parametrize(
    "cursor",
    ["x", "1", "W10", "eyJhIjoxfQ", AN_ID.upper(), "{" + AN_ID + "}", "a" * 600, "é"],
)
@pytest.mark.parametrize("path", [THINGS, f"{THINGS}/sorted"])
async def test_d13_a_forged_cursor_is_refused(
    things: httpx.AsyncClient, cursor: str, path: str
) -> None:
    answer = await things.get(path, params={"after": cursor})
    assert (answer.status_code, slug(answer)) == (422, "invalid-request")


async def test_d13_a_cursor_of_another_sort_is_refused(things: httpx.AsyncClient) -> None:
    mine = (await things.get(f"{THINGS}/sorted")).json()["next_after"]
    again = await things.get(f"{THINGS}/sorted", params={"after": mine})
    assert again.json()["next_after"] == mine
    other = Position("name", "tea", uuid4()).encode()
    answer = await things.get(f"{THINGS}/sorted", params={"after": other})
    assert answer.json()["errors"][0]["code"] == "unknown-cursor"


@pytest.mark.parametrize("id_", ["1", "%2e%2e%2f", "x" * 10_000, "' OR 1=1--"])
async def test_d15_other_forms_of_an_id_are_refused(things: httpx.AsyncClient, id_: str) -> None:
    assert (await things.get(f"{THINGS}/{id_}")).status_code in {404, 422}


async def test_d16_a_parameter_sent_twice_is_refused(things: httpx.AsyncClient) -> None:
    answer = await things.get(f"{THINGS}?status=a&status=b")
    assert answer.json()["errors"] == [
        {"pointer": "/query/status", "code": "repeated", "message": "Send this parameter once"}
    ]
    assert (await things.get(f"{THINGS}?tag=a&tag=b")).status_code == 200


async def test_d24_an_error_never_echoes_its_input(things: httpx.AsyncClient) -> None:
    secret = "4111111111111111"
    for body in ({"name": {"card": secret}}, {"name": "x", "quantity": secret}, [secret], secret):
        answer = await things.post(THINGS, json=body)
        assert answer.status_code == 422
        assert secret not in answer.text


async def test_a_webhook_takes_any_bytes_up_to_its_limit(things: httpx.AsyncClient) -> None:
    path = "/api/v1/webhooks/sandbox/notices"
    answer = await things.post(path, content=b"\x00<xml/>", headers={"content-type": "text/xml"})
    assert answer.json() == {"size": 7}
    assert (await things.post(path, content=b"x" * 262_145)).status_code == 413
