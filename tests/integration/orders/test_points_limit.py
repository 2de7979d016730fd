"""What points may pay of an order: said by staff, shown before, and the same when it is ordered."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.settings import (
    DatabaseSettings,
    HttpSettings,
    PaymentSettings,
    PointsSettings,
    Settings,
)
from tests.factories.orders import ADDRESS
from tests.factories.payments import give_points
from tests.integration.orders.test_method_rules import Desk, desk, methods_of  # noqa: F401 -- a fixture

POINTS = {"kind": "points"}
GATEWAY = {"kind": "gateway", "channel": "alipay"}


@pytest.fixture
def settings() -> Settings:
    return Settings(
        database=DatabaseSettings(url="postgresql+asyncpg:///unused"),
        http=HttpSettings(rate_limits_enabled=False),
        payments=PaymentSettings(gateways=["alipay"], routing_seconds=0),
        points=PointsSettings(cap_bps=9_000),
    )


async def product_of(session, sku_id) -> str:
    return str(await session.scalar(text("SELECT spu_id FROM skus WHERE id = :id"), {"id": sku_id}))


async def test_the_quote_says_what_the_order_keeps_to(desk, lin, shop, session):  # noqa: F811
    await give_points(session, shop.member.id, 1_000_000)
    product = await product_of(session, shop.skus[0].id)
    await session.commit()
    cart_id = await lin.cart_of((shop.skus[0].id, 1), (shop.skus[1].id, 1))
    asked = {"address": ADDRESS, "tenders": [POINTS, GATEWAY]}
    free = (await lin.post(f"/carts/{cart_id}/quote", asked)).json()
    payable = free["payment"]["payable_minor"]
    lines = {each["sku_id"]: each for each in free["quote"]["lines"]}
    limited = lines[str(shop.skus[0].id)]
    assert free["payment"]["points_limit"] == {
        "most_minor": payable * 9 // 10,
        "reasons": [
            {"code": "order", "limit_bps": 9_000, "rule_id": None, "name": None, "lines": []}
        ],
    }
    rule = await desk.rule(
        name="Ten per cent of tea",
        method="points",
        effect="limit",
        limit_bps=1_000,
        conditions={"product_ids": [product]},
    )
    same = [each for each in lines.values() if await product_of(session, each["sku_id"]) == product]
    net = sum(each["net_minor"] for each in same)
    tenth = sum(each["net_minor"] // 10 for each in same)
    most = min(payable * 9 // 10, payable - net + tenth)
    told = (await lin.post(f"/carts/{cart_id}/quote", asked)).json()["payment"]
    assert told["points_limit"]["most_minor"] == most
    why = told["points_limit"]["reasons"][0]
    assert limited["line_id"] in why["lines"]
    assert (why["code"], why["rule_id"], why["name"], why["limit_bps"]) == (
        "rule",
        rule["id"],
        "Ten per cent of tea",
        1_000,
    )
    assert [each["amount_minor"] for each in told["tenders"]] == [most, payable - most]
    points = (await methods_of(lin, cart_id))["points"]
    assert (points["is_allowed"], points["points_limit"]) == (True, told["points_limit"])
    body = await lin.agreed(cart_id, tenders=[POINTS])
    refused = await lin.post("/orders", body)
    assert refused.json()["type"].endswith("tender-mismatch")
    assert refused.json()["uncovered_minor"] == payable - most
    placed = await lin.post("/orders", body | {"tenders": [POINTS, GATEWAY]})
    assert placed.status_code == 201, placed.text
    paid = placed.json()["payment"]["tenders"]
    assert [each["amount_minor"] for each in paid] == [most, payable - most]


async def test_a_category_can_be_kept_from_points(desk, lin, shop, session):  # noqa: F811
    await give_points(session, shop.member.id, 1_000_000)
    category = await session.scalar(
        text("SELECT s.category_id FROM spus s JOIN skus k ON k.spu_id = s.id WHERE k.id = :id"),
        {"id": shop.skus[0].id},
    )
    await session.commit()
    await desk.rule(
        method="points", effect="limit", limit_bps=0, conditions={"category_ids": [str(category)]}
    )
    cart_id = await lin.cart_of((shop.skus[0].id, 1))
    asked = {"address": ADDRESS, "tenders": [POINTS, GATEWAY]}
    told = (await lin.post(f"/carts/{cart_id}/quote", asked)).json()["payment"]
    assert told["points_limit"]["most_minor"] == 0
    assert [each["kind"] for each in told["tenders"]] == ["gateway"]


@pytest.mark.parametrize(
    "said",
    [
        {"effect": "limit"},
        {"effect": "limit", "limit_bps": 100, "method": "balance"},
        {"effect": "refuse", "limit_bps": 100},
        {"effect": "limit", "limit_bps": 10_001},
    ],
)
async def test_only_points_have_limits(desk, session, said):  # noqa: F811
    body = {"name": "No", "method": "points"} | said
    refused = await desk.write("POST", body=body)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("invalid-request")
    with pytest.raises(IntegrityError):
        await session.execute(
            text(
                "INSERT INTO payment_method_rules (id, name, method, effect, conditions, limit_bps)"
                " VALUES (gen_random_uuid(), 'n', :method, :effect, '{}', :bps)"
            ),
            {
                "method": body["method"],
                "effect": body["effect"],
                "bps": body.get("limit_bps"),
            },
        )
    await session.rollback()
