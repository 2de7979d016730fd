"""Guessing payment links, with the limits on."""

import pytest

from app.core.settings import DatabaseSettings, PaymentSettings, Settings
from tests.integration.orders.conftest import Shopper


@pytest.fixture
def settings() -> Settings:
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        payments=PaymentSettings(gateways=["alipay"]),
    )


async def test_an_address_may_guess_twenty_times_a_minute(client):
    nobody = Shopper(client, {})
    guess = {"token": "A" * 43}
    paths = ("/payment-links/open", "/payment-links/pay")
    told = [(await nobody.post(paths[i % 2], guess)).status_code for i in range(22)]
    assert told[:20] == [404] * 20
    assert 429 in told[20:]
