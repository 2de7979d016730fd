"""What keeps charges right when everything else fails: constraints, and what is done once."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app.core.db import unit_of_work
from app.core.errors import NotFound
from app.core.ids import new_id
from app.services import finance, orders
from tests.factories.members import bearer, make_member
from tests.factories.orders import LIMITS, shopper
from tests.factories.payments import BALANCE_TENDER, TERMS
from tests.integration.orders.charging import ask, follow, path, pay, require_sound
from tests.integration.orders.conftest import Shopper
from tests.integration.orders.refunding import BY_BALANCE, ok, refused, ship


@pytest.fixture
async def bought(lin, shop, purse):
    return await lin.order((shop.skus[0].id, 2), tenders=BY_BALANCE)


async def test_what_was_earned_of_one_is_earned_once(lin, clerk, bought, sessions, session):
    """Facts are heard again; what went back in between is a matter of its own."""
    charge = await ask(clerk, bought)
    await ok(await pay(lin, charge))
    await follow(sessions)
    await ship(session, bought)
    await follow(sessions)
    back = {"amount_minor": 530, "reason_code": "late", "reason": "slow"}
    await ok(await clerk.post(f"/admin{path(charge, '/refunds')}", back), 201)
    await finance.recognise_charges(session, {"order_id": bought["id"]})
    earned = await session.scalar(text("SELECT earned_minor FROM order_charges"))
    assert earned == 1_060
    await require_sound(session)


BROKEN = {
    "amount_minor_positive": "amount_minor = 0, tax_minor = 0",
    "tax_in_amount": "tax_minor = amount_minor + 1",
    "paid_has_a_time": "state = 'paid'",
    "closed_for": "state = 'closed'",
    "settled_last": "settled_at = now()",
    "earns_what_was_paid": "earned_minor = 1",
    "tax_rate_bps_not_negative": "tax_rate_bps = -1",
    "keeps_of_what_was_paid": "keep_minor = 1, back_reason = 'no'",
    "goes_back_for": "back_reason = 'no'",
}


@pytest.mark.parametrize("name", BROKEN)
async def test_the_database_refuses_what_is_no_charge(clerk, bought, session, name):
    await ask(clerk, bought)
    with pytest.raises(IntegrityError, match=f"ck_order_charges_{name}"):
        await session.execute(text(f"UPDATE order_charges SET {BROKEN[name]}"))
    await session.rollback()


async def test_the_database_refuses_more_than_was_paid(lin, clerk, bought, session):
    charge = await ask(clerk, bought)
    await ok(await pay(lin, charge))
    with pytest.raises(IntegrityError, match="earns_what_was_paid"):
        await session.execute(text("UPDATE order_charges SET earned_minor = amount_minor + 1"))
    await session.rollback()


async def test_the_database_refuses_a_second_change_that_waits(clerk, bought, session):
    await ask(clerk, bought)
    await ask(clerk, bought)
    with pytest.raises(IntegrityError, match="uq_order_charges_change"):
        await session.execute(text("UPDATE order_charges SET change = '{}'"))
    await session.rollback()


async def test_the_database_refuses_pieces_that_nothing_explains(lin, shop, bought, session):
    wish = {"note": "ring"}
    seen = await lin.post(f"/orders/{bought['id']}/changes/preview", wish)
    headers = lin.headers | {"If-Match": seen.headers["etag"]}
    changed = await type(lin)(lin.client, headers).post(f"/orders/{bought['id']}/changes", wish)
    await ok(changed, 201)
    with pytest.raises(IntegrityError, match="gives_pieces_back"):
        await session.execute(text("UPDATE order_changes SET pieces = '[{}]'"))
    await session.rollback()


async def test_one_of_somebody_else_is_not_there(clerk, client, bought, session):
    charge = await ask(clerk, bought)
    other = Shopper(client, await bearer(session, await make_member(session)))
    await session.commit()
    for answer in (
        await pay(other, charge),
        await other.post(path(charge, "/decline")),
    ):
        assert await refused(answer) == (404, "not-found")


async def test_services_know_whose_it_is_whoever_asks_before(lin, clerk, shop, bought, sessions):
    """Routers look first; what moves a charge looks again, under the lock."""
    charge = await ask(clerk, bought)
    order_id, charge_id = UUID(bought["id"]), UUID(charge["id"])
    other, owner = shopper(new_id()), shop.member.id
    charges = orders.charges
    terms = {"limits": LIMITS, "terms": TERMS}
    async with unit_of_work(sessions) as session:
        for refused_ in (
            charges.pay_charge(session, charge_id, [BALANCE_TENDER], actor=other, **terms),
            charges.get_charge(session, order_id, charge_id, member_id=other.id),
            charges.get_charge(session, new_id(), charge_id, member_id=owner),
            charges.close_charge(sessions, {}, charge_id, actor=other),
            charges.close_charge(sessions, {}, charge_id, actor=shopper(owner), order_id=new_id()),
        ):
            with pytest.raises(NotFound):
                await refused_
        found = await charges.get_charge(session, order_id, charge_id, member_id=owner)
        assert found["state"] == "due"
