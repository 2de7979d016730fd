"""Two merchants sell an order that is charged for more: each invoices its share."""

from app.core.db import unit_of_work
from app.core.enums.orders import ChargeKind
from app.core.settings import CheckoutSettings
from app.services import finance, orders
from tests.factories.counters import shopper
from tests.factories.payments import BALANCE_TENDER, TERMS, give_balance, staff
from tests.integration.finance.test_invoices_by_seller import ask, bought, issue, stand, theirs

__all__ = ["bought", "theirs"]


async def test_a_charge_that_one_has_an_invoice_of_is_still_to_be_invoiced_by_the_other(
    bought, shop, theirs, session
):
    """10.01 of freight more: 6.01 of it are the platform's, which was invoiced before."""
    platform, other = shop.merchant.id, theirs[0].id
    await ask(bought, shop, platform)
    await charged(bought, session, shop.member.id, 1_001)
    assert await stand(bought, platform) == [("blue", "requested", 20_601)]
    async with unit_of_work(bought.sessions) as reading:
        found = await finance.read_invoices(reading, bought.order_id)
    (own,) = (each for each in found.invoices if each["charge_id"])
    assert (own["merchant_id"], own["amount_minor"]) == (platform, 601)
    assert (await ask(bought, shop))["amount_minor"] == 3_399 + 400
    assert found.invoiceable_minor == 24_000 + 1_001 == 20_601 + 601 + 3_399 + 400
    await issue(bought, own)
    assert await stand(bought, other) == [("blue", "requested", 3_799)]


async def charged(bought, session, member_id, minor):
    """More freight is asked for and paid from the balance."""
    await give_balance(session, member_id, minor)
    await session.commit()
    async with unit_of_work(bought.sessions) as other:
        charge = await orders.charges.ask_charge(
            other,
            orders.charges.NewCharge(
                order_id=bought.order_id,
                kind=ChargeKind.FREIGHT,
                amount_minor=minor,
                reason="farther",
            ),
            actor=staff(),
        )
        await orders.charges.pay_charge(
            other,
            charge["id"],
            [BALANCE_TENDER],
            actor=shopper(member_id),
            limits=CheckoutSettings(),
            terms=TERMS,
        )
    payload = {"order_id": str(bought.order_id), "charge_id": str(charge["id"])}
    for _ in range(2):
        async with unit_of_work(bought.sessions) as other:
            await finance.invoice_charge(other, payload)
