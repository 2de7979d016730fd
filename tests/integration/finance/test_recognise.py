"""Revenue when goods leave: exact over shipments and refunds, with what others pay of discounts."""

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.enums.scopes import Scope
from app.core.errors import AlreadyExists
from app.core.ids import random_code
from app.services import finance
from app.services.finance import Recognise
from app.services.payments import Span
from tests.factories.counters import OrderCounter
from tests.factories.promotions import make_promotion
from tests.factories.shop import Shop
from tests.factories.staff import bearer, make_staff
from tests.integration.finance.conftest import Bought, buy


async def test_shipments_add_up_to_what_was_paid(bought: Bought) -> None:
    assert await bought.books() == {"order_prepaid:*": bought.payable}
    first = await bought.ship("S1", 1, 2)
    # 100.00 and 2 x 50.00 hold 11.50 and 2 x 5.75 of tax: by line 2 x 11.505, 3 x 5.753.
    assert first["prepaid_minor"] == 20_000 + first["shipping_minor"]
    assert first["tax_minor"] + first["goods_minor"] == 20_000
    again = await bought.ship("S1", 1, 2)
    assert again == first
    second = await bought.ship("S2")
    assert second["shipping_minor"] == 0
    books = await bought.books()
    tax = first["tax_minor"] + second["tax_minor"]
    goods = first["goods_minor"] + second["goods_minor"]
    assert goods + tax + first["shipping_minor"] == bought.payable
    async with unit_of_work(bought.sessions) as session:
        frozen = await session.scalar(
            text("SELECT sum(tax_minor) FROM order_lines WHERE order_id = :id"),
            {"id": bought.order_id},
        )
    assert tax == frozen
    assert books.pop("tax_payable:1300") == tax
    assert books.pop("revenue:goods") == goods
    assert sum(books.values()) == first["shipping_minor"]
    with pytest.raises(finance.UnitsNotLeft):
        await bought.ship("S3")


async def test_nothing_becomes_revenue_twice(bought: Bought) -> None:
    with pytest.raises(finance.UnitsNotLeft) as refused:
        await bought.ship("S1", 3)
    assert refused.value.context["missing"] == {str(bought.lines[0]): 1}
    await bought.ship("S1", 2)
    with pytest.raises(finance.UnitsNotLeft):
        await bought.ship("S2", 1)
    again = """
        INSERT INTO earned_units (line_id, unit_index, recognition_id)
        SELECT line_id, unit_index, recognition_id FROM earned_units
    """
    with pytest.raises(DBAPIError, match="pk_earned_units"):
        async with unit_of_work(bought.sessions) as session:
            await session.execute(text(again))


async def test_a_reference_is_one_orders(
    bought: Bought, sessions: Sessions, session: AsyncSession, shop: Shop
) -> None:
    await bought.ship("S1", 1)
    other = await buy(sessions, session, shop)
    with pytest.raises(AlreadyExists):
        await other.ship("S1", 1)


async def test_revenue_needs_a_payment(
    sessions: Sessions, session: AsyncSession, shop: Shop
) -> None:
    await session.commit()
    placed = await OrderCounter(sessions).place(shop.member.id, [(shop.sku_ids[0], 1)])
    with pytest.raises(finance.NothingPaidInAdvance):
        async with unit_of_work(sessions) as other:
            await finance.recognise(other, Recognise(order_id=placed.id, reference="S1"))


async def test_what_came_back_before_is_no_revenue_and_after_is_taken_out_of_it(
    bought: Bought,
) -> None:
    """Refunds before and after shipping, whole and in part, bring every account to nothing."""
    await bought.refund(0, 0, 10_000)
    await bought.refund(1, 0, 1_234, returns=False)
    first = await bought.ship("S1", 1, 2)
    assert first["prepaid_minor"] == 10_000 + 2 * 5_000 - 1_234 + first["shipping_minor"]
    await bought.books()
    await bought.refund(1, 0, 1_111, returns=False)
    await bought.refund(1, 0, 5_000 - 1_234 - 1_111)
    await bought.refund(0, 1, 10_000)
    with pytest.raises(finance.UnitsNotLeft):
        await bought.ship("S2", 1)
    await bought.refund(1, 1, 5_000)
    await bought.ship("S2")
    await bought.refund(1, 2, 5_000)
    if first["shipping_minor"]:
        await bought.refund(-1, 0, first["shipping_minor"], returns=False)
    books = await bought.books()
    assert books.pop("sales_returns") == books.pop("revenue:goods") + books.pop(
        "revenue:shipping", 0
    )
    assert books == {}


async def test_what_others_pay_of_a_discount_is_revenue_too(
    sessions: Sessions, session: AsyncSession, shop: Shop
) -> None:
    """10 % off, of which the platform pays a third and a supplier a fifth."""
    await make_promotion(
        session,
        shop.merchant.id,
        stage="item",
        action={"type": "percent_off_unit", "rate_bps": 1_000},
        funding={"merchant_bps": 4_667, "platform_bps": 3_333, "supplier_bps": 2_000},
    )
    bought = await buy(sessions, session, shop)
    platform, supplier = 2 * 333 + 3 * 167, 2 * 200 + 3 * 100
    books = await bought.books()
    assert books == {
        "order_prepaid:*": bought.payable + platform + supplier,
        "coupon_receivable:platform": platform,
        "coupon_receivable:supplier": supplier,
    }
    await bought.refund(0, 0, 9_000)
    assert (await bought.books())["coupon_receivable:platform"] == platform - 333
    await bought.ship("S1", 1, 3)
    books = await bought.books()
    assert "order_prepaid:*" not in books
    await bought.refund(0, 1, 9_000)
    for place in range(3):
        await bought.refund(1, place, 4_500)
    books = await bought.books()
    shipping = books.pop("revenue:shipping", 0)
    assert books.pop("sales_returns") == books.pop("revenue:goods")
    assert books == {}
    assert shipping == bought.payable - 2 * 9_000 - 3 * 4_500


async def test_a_shipment_over_http(
    bought: Bought, client: httpx.AsyncClient, session: AsyncSession
) -> None:
    scopes = [Scope.FINANCE_READ, Scope.FINANCE_WRITE]
    clerk = await bearer(session, await make_staff(session, scopes=scopes))
    path = f"/api/v1/admin/finance/orders/{bought.order_id}/recognitions"
    line = {"line_id": str(bought.lines[0]), "quantity": 1}
    body = {"reference": "S1", "units": [line, line]}
    key = {"Idempotency-Key": random_code(20)}
    made = await client.post(path, json=body, headers=clerk | key)
    assert made.status_code == 201, made.text
    assert made.json()["prepaid_minor"] == 20_000 + made.json()["shipping_minor"]
    assert (await client.get(path, headers=clerk)).json() == {"items": [made.json()]}
    more = await client.post(
        path, json=body | {"reference": "S2"}, headers=clerk | {"Idempotency-Key": "a" * 20}
    )
    assert more.json()["type"] == "/problems/units-not-left"


@pytest.mark.parametrize("is_agreed", [False, True])
async def test_what_leaves_while_a_refund_of_it_waits(bought: Bought, is_agreed: bool) -> None:
    """Parcels know nothing of wishes: what left is revenue, and comes out of it when agreed."""
    refund = await bought.ask(Span(bought.lines[0], 0, 1))
    first = await bought.parcel("S1", 1)
    assert first["prepaid_minor"] == 10_000 + first["shipping_minor"]
    second = await bought.parcel("S2", 1, 3)
    assert second["prepaid_minor"] == 10_000 + 3 * 5_000
    await bought.decide(refund, is_agreed=is_agreed)
    books = await bought.books()
    assert "order_prepaid:*" not in books
    assert ("sales_returns" in books) is is_agreed


async def test_of_units_alike_those_nobody_asks_back_leave_first(bought: Bought) -> None:
    refund = await bought.ask(Span(bought.lines[0], 0, 1))
    await bought.parcel("S1", 1, 3)
    await bought.decide(refund, is_agreed=True)
    books = await bought.books()
    assert "order_prepaid:*" not in books
    assert "sales_returns" not in books
