"""Guessing codes is slow, from one address and from many."""

import httpx
import pytest

from app.core.settings import DatabaseSettings, HttpSettings, Settings
from tests.factories.cart import make_cart
from tests.factories.members import bearer
from tests.factories.shop import make_shop

MINE = "/api/v1/me/coupons"


@pytest.fixture
def settings() -> Settings:
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"), http=HttpSettings()
    )


async def test_a_member_has_twenty_tries_from_wherever_and_in_whatever_place(app, session):
    """The wallet and the cart count together."""
    shop = await make_shop(session)
    headers = await bearer(session, shop.member)
    places = (MINE, f"/api/v1/carts/{await make_cart(session, shop.member.id)}/coupons")
    statuses = []
    for number in range(21):
        transport = httpx.ASGITransport(app, client=(f"192.0.2.{number % 3}", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            answer = await client.post(
                places[number % 2], json={"code": f"GUESS{number}"}, headers=headers
            )
        statuses.append(answer.status_code)
    assert statuses == [404] * 20 + [429]
    assert int(answer.headers["retry-after"]) > 1
