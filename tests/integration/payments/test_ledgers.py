"""What moved a member's balance, points and cards."""

from datetime import timedelta

from app.core import clock
from tests.factories.members import bearer, make_member
from tests.factories.payments import give_balance, give_points, make_gift_card
from tests.integration.payments.test_api import ME


async def pages(client, url, shopper, **query):
    """Every line, a page of two at a time; pages add up."""
    lines, after, balance = [], None, 0
    while True:
        params = query | {"limit": 2} | ({"after": after} if after else {})
        answer = await client.get(url, params=params, headers=shopper)
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert page["opening_minor"] == balance
        for line in page["lines"]:
            balance += line["amount_minor"]
            assert line["balance_minor"] == balance
        lines += page["lines"]
        after = page["next_after"]
        if after is None:
            return lines


async def test_running_balances_over_pages(client, session):
    member = await make_member(session)
    shopper = await bearer(session, member)
    for amount in (500, 300, 200, 100, 50):
        await give_balance(session, member.id, amount)
        await give_points(session, member.id, amount)
    balance = await pages(client, f"{ME}/balance/ledger", shopper)
    assert [each["balance_minor"] for each in balance] == [500, 800, 1_000, 1_100, 1_150]
    assert {each["kind"] for each in balance} == {"balance_top_up"}
    assert "reason" not in balance[0]
    points = await pages(client, f"{ME}/points/ledger", shopper)
    assert points[-1]["balance_minor"] == 1_150
    assert await pages(client, f"{ME}/balance/ledger", shopper, currency="USD") == []


async def test_a_card_is_its_owners_to_read(client, session):
    member = await make_member(session)
    card = await make_gift_card(session, 5_000, member_id=member.id)
    url = f"{ME}/gift-cards/{card.id}/ledger"
    lines = await pages(client, url, await bearer(session, member))
    assert [each["amount_minor"] for each in lines] == [5_000]
    stranger = await bearer(session, await make_member(session))
    assert (await client.get(url, headers=stranger)).status_code == 404
    lost = await client.get(url, params={"after": "nonsense"}, headers=stranger)
    assert lost.status_code == 422


async def test_what_ends_soon_comes_first(client, session):
    member = await make_member(session)
    shopper = await bearer(session, member)
    now = clock.now()
    for days in (20, 40, -1):
        await give_points(session, member.id, 100 + days, expires_at=now + timedelta(days=days))
    for days in (10, 50):
        await make_gift_card(
            session, 5_000, member_id=member.id, expires_at=now + timedelta(days=days)
        )
    soon = (await client.get(f"{ME}/expiring", headers=shopper)).json()["items"]
    assert [(each["kind"], each["quantity"]) for each in soon] == [
        ("gift_card", 5_000),
        ("points", 120),
    ]
    later = (await client.get(f"{ME}/expiring?days=60", headers=shopper)).json()["items"]
    assert len(later) == 4
    assert (await client.get(f"{ME}/expiring?days=0", headers=shopper)).status_code == 422
