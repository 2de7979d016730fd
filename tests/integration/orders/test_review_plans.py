"""Lists of reviews read what they show, in whatever states, however many there are."""

import pytest
from sqlalchemy import text

from app.core.enums.order_reviews import QUEUED, OrderReviewState
from app.core.ids import new_id
from app.services import orders
from tests.factories.orders import place
from tests.integration.orders.sending import CLERK
from tests.integration.orders.test_list_plans import MOST_READ, PAGE, ROWS, crowd

S = OrderReviewState
# One in thirty waits for somebody, one in thirty was rejected, the others passed.
MANY = text("""
    INSERT INTO order_reviews (id, order_id, member_id, state, priority, closed_by, closed_at)
    SELECT gen_random_uuid(), id, member_id,
        CASE n % 30 WHEN 7 THEN 'open' WHEN 8 THEN 'rejected' ELSE 'passed' END, n % 7,
        CASE n % 30 WHEN 7 THEN NULL ELSE 'rules' END,
        CASE n % 30 WHEN 7 THEN NULL ELSE now() END
    FROM (SELECT id, member_id, row_number() OVER (ORDER BY id) AS n FROM orders) o
""")


@pytest.fixture
async def many(session, shop):
    placed = await place(session, shop.member.id, [(shop.skus[0].id, 1)])
    await crowd(session, placed.id, parts=False)
    await session.execute(MANY)
    # Statistics of these rows, whatever others left.
    await session.execute(text("ANALYZE order_reviews, orders"))


async def listed(session, after=None, limit=PAGE, **wanted):
    seen = orders.review.OrderReviewFilter(**wanted)
    return await orders.review.list_reviews(session, seen, actor=CLERK, after=after, limit=limit)


async def rows_read(session):
    """Of reviews alone: as many orders as here may well be read whole to find a page of them."""
    read = (
        "SELECT seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
        " WHERE relname = 'order_reviews'"
    )
    return int(await session.scalar(text(read)))


def place_of(row):
    return (-row["priority"], row["id"])


@pytest.mark.parametrize(
    "states",
    [
        None,
        (S.PASSED,),
        (S.REJECTED,),
        (S.APPROVED, S.WITHDRAWN),
        (S.OPEN, S.PASSED, S.REJECTED),
        tuple(S),
    ],
    ids=str,
)
async def test_each_page_reads_what_it_shows_in_one_order(session, many, states):
    every = await listed(session, limit=9_999, states=states)
    assert [place_of(each) for each in every] == sorted(place_of(each) for each in every)
    assert {each["state"] for each in every} <= set(states or QUEUED)
    assert len(every) == await session.scalar(
        text("SELECT count(*) FROM order_reviews WHERE state = ANY(:states)"),
        {"states": list(states or QUEUED)},
    )
    for after in (None, *every[len(every) // 2 :][:1]):
        at = 0 if after is None else every.index(after) + 1
        before = await rows_read(session)
        page = await listed(session, after=after and after["id"], states=states)
        assert await rows_read(session) - before <= MOST_READ
        assert [each["id"] for each in page] == [each["id"] for each in every[at:][: PAGE + 1]]


async def test_what_is_over_is_nobodys_and_never_late(session, many):
    before = await rows_read(session)
    assert await listed(session, states=(S.PASSED,), claimed_by=new_id()) == []
    assert await listed(session, states=(S.PASSED,), is_overdue=True) == []
    assert len(await listed(session, states=(S.PASSED,), is_overdue=False)) == PAGE + 1
    assert await rows_read(session) - before <= MOST_READ


async def test_a_rare_label_is_found_among_what_is_over(session, many):
    await session.execute(
        text(
            "UPDATE orders SET labels = '{odd}' WHERE id ="
            " (SELECT order_id FROM order_reviews WHERE state = 'passed'"
            " ORDER BY priority, id DESC LIMIT 1)"
        )
    )
    await session.execute(text("ANALYZE order_reviews, orders"))
    before = await rows_read(session)
    (row,) = await listed(session, states=(S.PASSED, S.REJECTED), label="odd")
    assert await rows_read(session) - before <= MOST_READ
    assert row["labels"] == ["odd"]
    assert ROWS > MOST_READ, "or reading all would do"
