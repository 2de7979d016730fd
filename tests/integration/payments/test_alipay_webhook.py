"""What Alipay reads when it sends a notice: seven characters, or that it should come again."""

from collections.abc import AsyncIterator
from dataclasses import replace

import httpx
import pytest

from app.adapters.alipay import AlipayGateway
from app.adapters.resources import Resources
from app.core.db import Sessions
from app.core.settings import Settings
from tests.app import Outbox
from tests.simulators.alipay import AlipaySimulator, Trade
from tests.unit.alipay.conftest import ACCOUNT

ADDRESS = "/api/v1/webhooks/alipay"
FORM = {"content-type": "application/x-www-form-urlencoded"}
TRADE = Trade("f" * 32, "1.00", "T1", {}, "TRADE_SUCCESS", "2026-11-26 10:00:00")


@pytest.fixture
def alipay() -> AlipaySimulator:
    return AlipaySimulator(trades={TRADE.out_trade_no: replace(TRADE)})


@pytest.fixture
async def resources(
    settings: Settings, sessions: Sessions, messages: Outbox, alipay: AlipaySimulator
) -> AsyncIterator[Resources]:
    port = AlipayGateway(ACCOUNT, transport=alipay.transport())
    yield Resources(
        settings=settings,
        sessions=sessions,
        readers=sessions,
        messages=messages,
        gateways={"alipay": port},
    )
    await port.aclose()


async def test_a_notice_that_was_taken_is_answered_with_success(
    client: httpx.AsyncClient, alipay: AlipaySimulator
) -> None:
    for _ in range(2):
        answer = await client.post(ADDRESS, content=alipay.notice(TRADE), headers=FORM)
        assert (answer.status_code, answer.text) == (200, "success")
        assert answer.headers["content-type"].startswith("text/plain")


XML = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


async def test_m26_m33_what_alipay_did_not_send_is_not(
    client: httpx.AsyncClient, alipay: AlipaySimulator
) -> None:
    for body in (alipay.notice(TRADE, key_name="mallory"), b"", XML, b"a=1&sign=x"):
        answer = await client.post(ADDRESS, content=body, headers=FORM)
        assert (answer.status_code, answer.json()["type"]) == (401, "/problems/signature-invalid")
