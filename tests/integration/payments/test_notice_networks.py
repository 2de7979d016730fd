"""Notices only from where a gateway sends them, where the settings say so (row D50)."""

from typing import Any

import httpx
import pytest

from app.core.settings import HttpSettings, PaymentSettings, Settings
from app.main import Resources
from tests.app import application
from tests.fakes.gateway import FakeGateway

HERE = "/api/v1/webhooks/alipay"


async def asked(sessions: Any, networks: list[str], ip: str) -> httpx.Response:
    settings = Settings(
        http=HttpSettings(rate_limits_enabled=False),
        payments=PaymentSettings(gateways=["alipay"], notice_networks={"alipay": networks}),
    )
    resources = Resources(
        settings=settings,
        sessions=sessions,
        readers=sessions,
        messages=None,  # type: ignore[arg-type] -- nobody is written to
        gateways={"alipay": FakeGateway()},
    )
    transport = httpx.ASGITransport(application(resources), client=(ip, 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        return await client.post(HERE, content=b"{}")


@pytest.mark.parametrize(
    ("networks", "ip", "is_heard"),
    [
        ([], "192.0.2.9", True),
        (["203.0.113.0/24"], "203.0.113.7", True),
        (["203.0.113.0/24", "2001:db8::/32"], "2001:db8::7", True),
        (["203.0.113.0/24"], "192.0.2.9", False),
        (["203.0.113.0/24"], "unknown", False),
    ],
)
async def test_a_notice_comes_from_where_its_gateway_is(
    sessions: Any, networks: list[str], ip: str, is_heard: bool
) -> None:
    """What is heard is judged by its signature, which this one lacks."""
    answer = await asked(sessions, networks, ip)
    status, slug = (401, "signature-invalid") if is_heard else (403, "notice-from-elsewhere")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}")
