"""An account at the simulator."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.adapters.alipay import AlipayGateway
from app.core.gateway_settings import AlipayAccount
from tests.simulators.alipay import APP_ID, GATEWAY_URL, SELLER_ID, AlipaySimulator
from tests.simulators.pki import bare, key_pem, public_pem


def make_account(**changes: Any) -> AlipayAccount:
    """In key mode; checked as settings are."""
    values = {
        "kind": "alipay",
        "app_id": APP_ID,
        "seller_id": SELLER_ID,
        "private_key": bare(key_pem("merchant")),
        "public_keys": [bare(public_pem("alipay"))],
        "gateway_url": GATEWAY_URL,
    }
    return AlipayAccount.model_validate(values | changes)


ACCOUNT = make_account()


@pytest.fixture
def alipay() -> AlipaySimulator:
    return AlipaySimulator()


@pytest.fixture
async def gateway(alipay: AlipaySimulator) -> AsyncIterator[AlipayGateway]:
    gateway = AlipayGateway(ACCOUNT, timeout_seconds=0.3, transport=alipay.transport())
    yield gateway
    await gateway.aclose()
