"""An offer is what a cart with that one piece is quoted, whatever was remembered before."""

import pytest

from app.repositories.reports.audit import AuditRepository
from app.services import reports
from tests.factories.members import bearer
from tests.integration.promotions.offering import as_quoted, card, money_of, sku_offers
from tests.integration.promotions.random_shop import make_random_shop

CHANGES = 6
[SHOWN] = [each for each in reports.INVARIANTS if each.name.startswith("what lists show")]


@pytest.mark.parametrize("seed", range(24))
async def test_an_offer_is_the_quote_of_one_piece(client, session, seed):
    made = await make_random_shop(session, seed)
    members = [(member.id, await bearer(session, member)) for member in made.members]
    buyers = [(None, {}), *members]
    await session.commit()
    for _ in range(CHANGES):
        for member_id, headers in buyers:
            shown = await sku_offers(client, made.shop, **headers)
            for sku_id in made.shop.sku_ids:
                quoted = await as_quoted(session, made.shop, sku_id, member_id=member_id)
                assert money_of(shown[sku_id]) == quoted
            lowest = min(shown.values(), key=lambda each: (each["price_minor"], each["sku_id"]))
            told = await card(client, made.shop, **headers)
            assert told["sku_id"] == lowest["sku_id"]
            assert told["price_minor"] == lowest["price_minor"]
        assert await AuditRepository(session).breaches(SHOWN) == []
        await made.change()
