"""How long what is given back lives, by the rules an order was placed under; and who decides."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from app.core import clock
from app.core.db import unit_of_work
from app.core.enums.payments import (
    PointsShortfall,
    RefundPolicy,
    RefundReason,
    TenderKind,
    Valuation,
)
from app.services import payments
from app.services.payments import RefundRules, Take, TenderRequest
from app.services.payments.engine.routing import Routing, Sale
from tests.factories.payments import GATEWAY, Counter, staff
from tests.factories.shop import make_shop
from tests.integration.payments.conftest import Purse
from tests.integration.payments.refunding import bought, card_and_gateway, settled, tea
from tests.integration.payments.test_races import at_once

STORE, OTHER = UUID(int=7), UUID(int=8)


def test_a_store_without_its_own_rules_follows_the_settings() -> None:
    own = RefundRules(grace_days=3, version=4)
    terms = replace(
        payments.PaymentTerms(),
        routing=Routing(refunds={STORE: own}),
        refund_rules=RefundRules(grace_days=5),
    )
    assert terms.refund_rules_of(STORE) == own
    assert terms.refund_rules_of(OTHER) == terms.refund_rules_of(None) == RefundRules(grace_days=5)


async def test_an_order_gets_the_rules_of_its_store(counter: Counter, purse: Purse) -> None:
    own = RefundRules(grace_days=3, version=4)
    counter.terms = replace(counter.terms, routing=Routing(refunds={STORE: own}))
    found = []
    async with unit_of_work(counter.sessions) as session:
        for number, store in enumerate((STORE, OTHER)):
            order_id = UUID(int=100 + number)
            await payments.open_plan(
                session,
                order_id=order_id,
                member_id=purse.member_id,
                currency="CNY",
                payable_minor=100,
                requests=[TenderRequest(kind=TenderKind.BALANCE)],
                expires_at=clock.now() + timedelta(hours=1),
                sale=Sale(currency="CNY", channel_id=store),
                terms=counter.terms,
            )
            standing = await payments.read_standing(session, order_id, owner=counter.orders)
            found.append(standing.plan.refund_rules)
    assert found == [own, counter.terms.refund_rules]


@pytest.mark.parametrize("days", [0, 10])
async def test_cards_and_points_live_the_grace_of_their_order(
    counter: Counter, purse: Purse, days: int
) -> None:
    terms = counter.terms
    counter.terms = replace(terms, refund_rules=RefundRules(grace_days=days))
    some_points = TenderRequest(kind=TenderKind.POINTS, max_minor=2_000)
    plan = await bought(counter, purse, card_and_gateway(purse)[0], some_points, GATEWAY)
    counter.terms = terms
    async with unit_of_work(counter.sessions) as session:
        for table in ("gift_cards", "points_lots"):
            await session.execute(text(f"UPDATE {table} SET expires_at = now()"))
    await counter.refund(plan, Take((tea(),)), units=tea())
    async with unit_of_work(counter.sessions) as session:
        ends = [await session.scalar(text("SELECT expires_at FROM gift_cards"))]
        ends.append(await session.scalar(text("SELECT max(expires_at) FROM points_lots")))
    for end in ends:
        assert abs(end - clock.now() - timedelta(days=days)) < timedelta(minutes=5)
    await settled(counter)


async def test_what_a_store_decides_is_read_whole(session) -> None:
    shop, terms = await make_shop(session), payments.PaymentTerms()
    rules = RefundRules(
        policy=RefundPolicy.PROPORTIONAL,
        valuation=Valuation.REPRICE,
        shortfall=PointsShortfall.WITHHELD,
        grace_days=11,
        shop_pays=frozenset({RefundReason.DEFECTIVE}),
    )
    assert rules != terms.refund_rules
    for version, wanted in enumerate((rules, replace(rules, grace_days=12))):
        said = await payments.refund_policies.edit(
            session, shop.channel.id, wanted, version=version, actor=staff(), terms=terms
        )
        assert (said.id, said.rules) == (shop.channel.id, replace(wanted, version=version + 1))


async def test_a_store_decides_once_at_a_time(real: Counter) -> None:
    async with unit_of_work(real.sessions) as session:
        shop = await make_shop(session)

    async def decide(days: int, version: int) -> None:
        async with unit_of_work(real.sessions) as session:
            await payments.refund_policies.edit(
                session,
                shop.channel.id,
                RefundRules(grace_days=days),
                version=version,
                actor=staff(),
                terms=real.terms,
            )

    for version in (0, 1):
        seen = await at_once(*(decide(days + 10 * version, version) for days in range(5)))
        assert seen == {"ok": 1, "stale-version": 4}
