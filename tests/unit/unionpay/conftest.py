"""An account at the simulator."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.adapters.unionpay import UnionPayGateway
from app.core.gateway_settings import UnionPayAccount
from tests.simulators.unionpay import (
    FILE_URL,
    GATEWAY_URL,
    MER_ID,
    MIDDLE,
    ROOT,
    UnionPaySimulator,
)

PFX = UnionPaySimulator().pfx


def make_account(**changes: Any) -> UnionPayAccount:
    """Checked as settings are."""
    values = {
        "kind": "unionpay",
        "mer_id": MER_ID,
        "certificate": PFX,
        "password": "000000",
        "root_certificates": ROOT.pem,
        "middle_certificates": MIDDLE.pem,
        "gateway_url": GATEWAY_URL,
        "file_url": FILE_URL,
    }
    return UnionPayAccount.model_validate(values | changes)


@pytest.fixture
def unionpay() -> UnionPaySimulator:
    return UnionPaySimulator()


@pytest.fixture
async def gateway(unionpay: UnionPaySimulator) -> AsyncIterator[UnionPayGateway]:
    gateway = UnionPayGateway(make_account(), timeout_seconds=0.3, transport=unionpay.transport())
    yield gateway
    await gateway.aclose()
