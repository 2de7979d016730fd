"""Regions over HTTP, and address books that name them."""

import httpx
from sqlalchemy.ext.asyncio import AsyncSession

from tests.factories.members import bearer, make_member

HOME = {
    "recipient": "Lin Shopper",
    "phone": "138 0013 8000",
    "country": "CN",
    "province": "广东省",
    "city": "广州市",
    "district": "天河区",
    "street": "天河路 1 号",
}
ADDRESSES = "/api/v1/me/addresses"


async def test_a_form_walks_down_from_the_provinces(client: httpx.AsyncClient) -> None:
    provinces = (await client.get("/api/v1/regions")).json()["items"]
    assert provinces[0] == {
        "code": "110000",
        "name": "北京市",
        "level": "province",
        "parent": None,
        "is_split": True,
    }
    answer = await client.get("/api/v1/regions", params={"parent": "440000"})
    assert answer.headers["cache-control"] == "public, max-age=86400"
    cities = answer.json()["items"]
    assert {"code": "440100", "name": "广州市"}.items() <= cities[0].items()
    refused = await client.get("/api/v1/regions", params={"parent": "999999"})
    assert (refused.status_code, refused.json()["field"]) == (422, "parent")


async def test_an_address_gets_the_code_of_its_region(
    client: httpx.AsyncClient, session: AsyncSession
) -> None:
    sent = await bearer(session, await make_member(session))
    answer = await client.post(ADDRESSES, json=HOME, headers=sent)
    assert answer.json()["region_code"] == "440106"
    one = f"{ADDRESSES}/{answer.json()['id']}"
    refused = await client.patch(one, json={"city": "深圳市"}, headers=sent | {"if-match": '"1"'})
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("unknown-region")
    assert refused.json()["field"] == "district"
    moved = await client.patch(
        one, json={"city": "深圳市", "district": "南山区"}, headers=sent | {"if-match": '"1"'}
    )
    assert moved.json()["region_code"] == "440305"
    elsewhere = await client.post(ADDRESSES, json=HOME | {"region_code": "310101"}, headers=sent)
    assert elsewhere.json()["suggestions"] == [{"code": "440106", "name": "天河区"}]
