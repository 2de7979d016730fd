"""What was paid for each unit must mean the same for ever."""

import pytest

from app.core.enums.catalog import TaxMode
from app.services import catalog
from tests.factories.payments import staff
from tests.integration.orders.refunding import BY_BALANCE, ok, wish


async def switch(session, channel, mode: TaxMode, name: str = "Shop") -> None:
    await session.refresh(channel)
    await catalog.edit_channel(
        session,
        channel.id,
        {"tax_mode": mode, "name": name},
        version=channel.version,
        actor=staff(),
    )


async def test_the_tax_mode_of_a_channel_is_fixed_by_its_first_order(
    session, lin, clerk, shop, purse
):
    """With tax on top of prices, less than nothing would be left of older orders."""
    await switch(session, shop.channel, TaxMode.EXCLUSIVE)
    await switch(session, shop.channel, TaxMode.INCLUSIVE)
    await session.commit()
    order = await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)
    with pytest.raises(catalog.TaxModeFixed):
        await switch(session, shop.channel, TaxMode.EXCLUSIVE)
    await switch(session, shop.channel, TaxMode.INCLUSIVE, name="Another name")
    path = f"/admin/orders/{order['id']}/refunds/preview"
    seen = await ok(await clerk.post(path, wish(kind="everything", lines=[])))
    assert seen["refund"]["amount_minor"] == order["payable_minor"]
