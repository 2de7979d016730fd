"""150 000 orders: most of them over, brought in as history, the newest in every state there is.

They are for reading: rows of states nobody lived through (reviews, tickets, returns) are made by
SQL, so the audit would not hold on them.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

import asyncpg

from app.cli.imports.running import IMPORTER
from app.core.db import Sessions, unit_of_work
from app.services import members
from app.services.orders import history
from bench.seed.catalog import Catalog

MEMBERS, BATCH, DAYS = 3_000, 1_000, 365
CANCELLED, LINES = 0.04, (1, 1, 1, 2, 2, 3, 5)
# Of the newest orders; each is one draw of a thousand, by the last bytes of its id.
_STATES = """
    WITH drawn AS (
        SELECT id, member_id, (get_byte(uuid_send(id), 14) * 256 + get_byte(uuid_send(id), 15))
            % 1000 AS lot, row_number() OVER (ORDER BY id DESC) AS age
        FROM orders WHERE state = 'completed')
    SELECT id, member_id, lot, age,
        CASE WHEN age > $1 THEN 'done' WHEN lot < 60 THEN 'to_pay' WHEN lot < 360 THEN 'to_ship'
             WHEN lot < 660 THEN 'shipped' ELSE 'delivered' END AS becomes
    INTO TEMP lived FROM drawn
"""
_LIVED = (
    """UPDATE orders o SET state = 'open', payment_status = 'awaiting', paid_at = NULL,
           fulfilment_status = 'unfulfilled', received_at = NULL, completes_at = NULL,
           completed_at = NULL, arrival_due_at = NULL, expires_at = now() + interval '1 hour'
       FROM lived l WHERE l.id = o.id AND l.becomes = 'to_pay'""",
    """UPDATE orders o SET state = 'open', fulfilment_status = CASE WHEN lot % 5 = 0 THEN 'picking'
           ELSE 'unfulfilled' END, received_at = NULL, completes_at = NULL,
           completed_at = NULL, arrival_due_at = NULL, priority = lot % 7 * 10
       FROM lived l WHERE l.id = o.id AND l.becomes = 'to_ship'""",
    """UPDATE orders o SET state = 'open', fulfilment_status = 'shipped', received_at = NULL,
           completes_at = NULL, completed_at = NULL,
           arrival_due_at = now() + make_interval(hours => lot - 400)
       FROM lived l WHERE l.id = o.id AND l.becomes = 'shipped'""",
    """UPDATE orders o SET state = 'open', completed_at = NULL,
           completes_at = now() + make_interval(hours => lot - 700)
       FROM lived l WHERE l.id = o.id AND l.becomes = 'delivered'""",
    """UPDATE fulfilments f SET status = CASE WHEN becomes = 'shipped' THEN 'shipped'
           WHEN lot % 5 = 0 AND becomes = 'to_ship' THEN 'picking' ELSE 'unfulfilled' END,
           priority = CASE WHEN becomes = 'to_ship' THEN lot % 7 * 10 ELSE 0 END
       FROM lived l WHERE l.id = f.order_id AND l.becomes IN ('to_pay', 'to_ship', 'shipped')""",
    """UPDATE shipments s SET state = 'in_transit', delivered_at = NULL,
           tracking_number = 'SF' || left(s.id::text, 8) || right(s.id::text, 8)
       FROM lived l WHERE l.id = s.order_id AND l.becomes = 'shipped'""",
    """UPDATE orders o SET note = CASE WHEN lot % 20 = 0 THEN 'Ring twice' END,
           labels = CASE WHEN lot % 50 = 0 THEN ARRAY['risky'] WHEN lot % 50 = 1
               THEN ARRAY['vip'] ELSE '{}'::varchar[] END
       FROM lived l WHERE l.id = o.id AND l.lot % 50 IN (0, 1, 20, 40)""",
    """INSERT INTO order_holds (id, order_id, member_id, kind, reference, reason, held_by)
       SELECT gen_random_uuid(), id, member_id, 'manual', 'bench', 'Look first', 'bench'
       FROM lived WHERE becomes = 'to_ship' AND lot % 20 = 3""",
    """INSERT INTO order_reviews (id, order_id, member_id, state, priority, closed_by, closed_at)
       SELECT gen_random_uuid(), id, member_id,
           CASE WHEN becomes = 'to_ship' AND lot % 20 = 3 THEN 'open' ELSE 'passed' END,
           lot % 9, CASE WHEN becomes = 'to_ship' AND lot % 20 = 3 THEN NULL ELSE 'rules' END,
           CASE WHEN becomes = 'to_ship' AND lot % 20 = 3 THEN NULL ELSE now() END
       FROM lived""",
    """INSERT INTO order_tickets (id, number, kind, state, order_id, member_id, subject, opened_by,
           due_at, resolved_at, closed_at)
       SELECT gen_random_uuid(), 'K' || left(md5(id::text), 20), 'complaint',
           CASE WHEN age < $1 AND lot % 2 = 0 THEN 'open' ELSE 'closed' END, id, member_id,
           'Where is it', 'bench', now() + make_interval(hours => lot - 500),
           CASE WHEN age < $1 AND lot % 2 = 0 THEN NULL ELSE now() END,
           CASE WHEN age < $1 AND lot % 2 = 0 THEN NULL ELSE now() END
       FROM lived WHERE lot % 50 = 7""",
    """INSERT INTO order_returns (id, number, order_id, member_id, merchant_id, warehouse_id, kind,
           state, reason_code, reason)
       SELECT gen_random_uuid(), 'A' || left(md5(l.id::text), 20), l.id, l.member_id,
           f.merchant_id, f.warehouse_id, 'return',
           CASE WHEN becomes = 'delivered' THEN 'requested' ELSE 'denied' END, 'other', 'bench'
       FROM lived l JOIN fulfilments f ON f.order_id = l.id WHERE lot % 40 = 9""",
    """INSERT INTO order_charges (id, order_id, member_id, kind, state, currency, amount_minor,
           reason, reference, actor, expires_at, close_reason)
       SELECT gen_random_uuid(), o.id, o.member_id, 'freight', 'closed', o.currency, 500, 'bench',
           'change', 'bench', now(), 'not paid in time'
       FROM lived l JOIN orders o ON o.id = l.id WHERE lot % 40 = 11""",
    """INSERT INTO order_intakes (id, channel_id, external_number, digest, content, state, is_paid,
           order_id, problem, received_by)
       SELECT gen_random_uuid(), o.channel_id, 'X' || o.number, md5(o.number), '{}',
           CASE WHEN lot % 200 = 13 THEN 'failed' ELSE 'placed' END, true,
           CASE WHEN lot % 200 = 13 THEN NULL ELSE o.id END,
           CASE WHEN lot % 200 = 13 THEN '{"type": "out-of-stock"}'::jsonb END, 'bench'
       FROM lived l JOIN orders o ON o.id = l.id WHERE lot % 10 = 3""",
    """INSERT INTO parcel_exceptions (id, shipment_id, kind, resolved_by, resolved_at)
       SELECT gen_random_uuid(), s.id, 'delayed', CASE WHEN becomes = 'done' THEN 'bench' END,
           CASE WHEN becomes = 'done' THEN now() END
       FROM lived l JOIN shipments s ON s.order_id = l.id WHERE lot % 50 = 21""",
    """INSERT INTO backorders (id, owner, member_id, sku_id, warehouse_id, kind, ships_at, last_at,
           allows_partial, quantity, filled)
       SELECT DISTINCT ON (l.id) gen_random_uuid(), 'order:' || l.id, l.member_id, x.sku_id,
           f.warehouse_id, 'backorder', now(), now() + make_interval(days => lot % 60 - 20), true,
           1, CASE WHEN becomes = 'to_ship' AND lot % 10 = 4 THEN 0 ELSE 1 END
       FROM lived l JOIN fulfilments f ON f.order_id = l.id JOIN order_lines x ON x.order_id = l.id
       WHERE lot % 10 = 4""",
    """INSERT INTO stock_shortages (id, sku_id, warehouse_id, quantity, written_off, cause)
       SELECT gen_random_uuid(), sku_id, warehouse_id, 1,
           CASE WHEN filled = 0 THEN 0 ELSE 1 END, 'stocktake:bench' FROM backorders""",
    """UPDATE orders o SET return_status = 'requested'
       FROM order_returns r WHERE r.order_id = o.id AND r.state = 'requested'""",
)


def past_orders(
    lots: Random, catalog: Catalog, count: int, until: datetime, *, after: int = 0
) -> Iterator[history.PastOrder]:
    """Orders over a year, evenly, up to a week before `until`; `after` so many others."""
    first = until - timedelta(days=DAYS + 8)
    for number in range(count):
        at = first + timedelta(days=DAYS) * number / count
        goods = lots.sample(catalog.products[:1_000], lots.choice(LINES))
        is_over = lots.random() < CANCELLED
        yield history.PastOrder(
            ref=str(after + number),
            customer=str(lots.randrange(MEMBERS)),
            placed_at=at,
            paid_at=None if is_over else at + timedelta(minutes=3),
            shipped_at=None if is_over else at + timedelta(hours=20),
            received_at=None if is_over else at + timedelta(days=3),
            ended_at=at + timedelta(hours=1 if is_over else 80),
            is_cancelled=is_over,
            shipping_minor=lots.choice((0, 600, 1_000)),
            address={
                "recipient": f"Buyer {number % MEMBERS}",
                "phone": f"+86138{number % MEMBERS:08}",
                "country": "CN",
                "province": "Zhejiang",
                "city": "Hangzhou",
                "street": "1 Lakeside Road",
            },
            lines=tuple(
                history.PastLine(
                    sku=each.sku_code(1),
                    quantity=lots.choice((1, 1, 2)),
                    net_minor=lots.randrange(2_000, 40_000),
                )
                for each in goods
            ),
        )


async def bring_in(sessions: Sessions, orders: Iterator[history.PastOrder]) -> dict[str, UUID]:
    """Land them as `shop import orders` does; buyers by their number."""
    people = [
        members.Adopted(ref=str(each), email=f"buyer-{each}@example.test")
        for each in range(MEMBERS)
    ]
    async with unit_of_work(sessions) as session:
        known = await members.adopt(session, people)
    batch: list[history.PastOrder] = []

    async def land() -> None:
        async with unit_of_work(sessions) as session:
            done = await history.land(
                session, "bench", batch, channel=None, members=known, actor=IMPORTER
            )
        if done.refused:
            raise ValueError(next(iter(done.refused.items())))
        batch.clear()

    for each in orders:
        batch.append(each)
        if len(batch) == BATCH:
            await land()
    if batch:
        await land()
    return known


async def liven(dsn: str, newest: int) -> None:
    """The newest orders are in every state there is."""
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute("SET session_replication_role = replica")
        async with connection.transaction():
            await connection.execute(_STATES.replace("$1", str(newest)))
            for statement in _LIVED:
                await connection.execute(statement.replace("$1", str(newest)))
    finally:
        await connection.close()
