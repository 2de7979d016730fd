"""Kuaidi100's pushes over HTTP."""

from dataclasses import replace

import pytest
from pydantic import SecretStr

from app.adapters.kuaidi100 import Kuaidi100
from app.core.settings import Kuaidi100Settings
from app.main import Resources
from tests.integration.orders.refunding import ok, refused
from tests.simulators.kuaidi100 import CUSTOMER, KEY, SALT, Kuaidi100Simulator

FORM = {"content-type": "application/x-www-form-urlencoded"}
URL = "/api/v1/webhooks/kuaidi100"


@pytest.fixture
def there():
    made = Kuaidi100Simulator()
    made.seen("shunfeng", "SF1001", "2026-11-20 09:00:00", "已揽收", "103", "已揽收")
    return made


@pytest.fixture
def resources(resources: Resources, there) -> Resources:
    account = Kuaidi100Settings(customer=CUSTOMER, key=SecretStr(KEY), salt=SecretStr(SALT))
    port = Kuaidi100(account, timeout_seconds=5, transport=there.transport())
    return replace(resources, carriers={"kuaidi100": port})


async def test_a_push_is_acknowledged_as_it_wants_to_read_it(client, there):
    body = there.push("shunfeng", "SF1001")
    for _ in range(2):
        answer = await client.post(URL, content=body, headers=FORM)
        assert await ok(answer) == {"result": True, "returnCode": "200", "message": "成功"}


async def test_what_is_not_signed_or_readable_is_refused(client, there):
    forged = await client.post(URL, content=there.push("shunfeng", "SF1001", salt="x"))
    assert await refused(forged) == (401, "signature-invalid")
    body = there.push("shunfeng", "SF1001", lastResult="")
    assert await refused(await client.post(URL, content=body)) == (422, "push-unreadable")
    assert await refused(await client.post(URL, content=b"")) == (401, "signature-invalid")
