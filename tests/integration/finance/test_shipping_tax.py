"""Tax of shipping: frozen on the order, recognised, given back and invoiced with the fee."""

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Sessions, unit_of_work
from app.core.enums.pricing import ShippingTax
from app.services import finance, orders, pricing
from app.services.payments import SHIPPING
from tests.factories.delivery import make_template
from tests.factories.payments import staff
from tests.factories.shop import Shop
from tests.integration.finance.conftest import Bought, buy

FEE = 1_000


@pytest.fixture(autouse=True)
async def _fee(session: AsyncSession, shop: Shop) -> None:
    """Every cart is sent for 10.00."""
    zone = {"regions": ["CN"], "first_minor": FEE, "step_minor": 0}
    await make_template(session, shop.merchant.id, zone=zone)
    await session.commit()


async def taxed(
    sessions: Sessions,
    session: AsyncSession,
    shop: Shop,
    rule: ShippingTax | None,
    rate_bps: int | None = None,
) -> Bought:
    terms = pricing.PolicyTerms(shipping_tax=rule, shipping_tax_bps=rate_bps)
    if rule is not None:
        await pricing.edit_price_policy(session, None, terms, version=0, actor=staff())
    return await buy(sessions, session, shop)


async def fee_of(bought: Bought) -> tuple[int, int, int]:
    async with unit_of_work(bought.sessions) as session:
        *_, fee = await orders.PAYMENT_OWNER.rows(session, bought.order_id)
    assert fee.span == SHIPPING
    return fee.amount_minor, fee.tax_minor, fee.tax_rate_bps


@pytest.mark.parametrize(
    ("rule", "rate_bps", "mode", "expected"),
    [
        (None, None, "inclusive", (FEE, 0, 0)),
        (ShippingTax.NONE, 600, "inclusive", (FEE, 0, 0)),
        (ShippingTax.FIXED, 600, "inclusive", (FEE, 57, 600)),
        (ShippingTax.HIGHEST, None, "inclusive", (FEE, 115, 1_300)),
        (ShippingTax.FIXED, 600, "exclusive", (FEE + 60, 60, 600)),
    ],
)
async def test_the_fee_keeps_its_tax(
    sessions: Sessions,
    session: AsyncSession,
    shop: Shop,
    rule: ShippingTax | None,
    rate_bps: int | None,
    mode: str,
    expected: tuple[int, int, int],
) -> None:
    await session.execute(text("UPDATE channels SET tax_mode = :mode"), {"mode": mode})
    bought = await taxed(sessions, session, shop, rule, rate_bps)
    assert await fee_of(bought) == expected
    # What the channel says later changes nothing.
    later = pricing.PolicyTerms(shipping_tax=ShippingTax.FIXED, shipping_tax_bps=1_700)
    version = 0 if rule is None else 1
    await pricing.edit_price_policy(session, None, later, version=version, actor=staff())
    await session.commit()
    assert await fee_of(bought) == expected
    made = await bought.ship("SH-1")
    amount, tax, _ = expected
    assert made["shipping_minor"] == amount - tax
    books = await bought.books()
    assert books.get("revenue:shipping", 0) == amount - tax
    if tax and expected[2] == 600:
        assert books["tax_payable:600"] == tax


@pytest.mark.parametrize("ships_first", [True, False])
async def test_the_fee_is_given_back_with_its_tax(
    sessions: Sessions, session: AsyncSession, shop: Shop, *, ships_first: bool
) -> None:
    bought = await taxed(sessions, session, shop, ShippingTax.FIXED, 600)
    if ships_first:
        await bought.ship("SH-1")
    await bought.refund(-1, 0, 400, returns=False)
    async with unit_of_work(sessions) as other:
        found = await finance.read_invoices(other, bought.order_id)
    (fee,) = [each for each in found.lines if each.line_id is None]
    # Of 57 cents 22 went back with two fifths of the fee: what is invoiced is what the books have.
    assert (fee.amount_minor, fee.tax_minor, fee.tax_rate_bps) == (600, 35, 600)
    if ships_first:
        assert (await bought.books())["tax_payable:600"] == 35
    if not ships_first:
        await bought.ship("SH-1")
    await bought.refund(-1, 0, 600, returns=False)
    books = await bought.books()
    assert books.get("tax_payable:600", 0) == 0
    assert books["revenue:shipping"] == books.get("sales_returns", 0)


async def test_a_fixed_tax_needs_its_rate(session: AsyncSession) -> None:
    terms = pricing.PolicyTerms(shipping_tax=ShippingTax.FIXED)
    with pytest.raises(pricing.InvalidPricePolicy):
        await pricing.edit_price_policy(session, None, terms, version=0, actor=staff())
