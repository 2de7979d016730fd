"""What the questions are about, and the sums that workers keep of orders."""

from time import perf_counter

from sqlalchemy import text

from app.core.clock import now
from app.core.db import Sessions, unit_of_work
from app.services import orders
from app.services.reports import statistics
from bench.orders.questions import Ground

ROLLED = 2_000_000
"""All at once: past orders lie in all hours, and each turn works out anew the hours it meets."""
_GROUND = """
    SELECT o.member_id, f.merchant_id, f.warehouse_id, o.channel_id, l.sku_code, o.number,
        (SELECT tracking_number FROM shipments WHERE tracking_number IS NOT NULL LIMIT 1)
            AS tracking,
        (SELECT order_id FROM order_charges ORDER BY id LIMIT 1) AS charged_id
    FROM orders o JOIN fulfilments f ON f.order_id = o.id JOIN order_lines l ON l.order_id = o.id
    ORDER BY o.id DESC OFFSET 500 LIMIT 1
"""


async def find_ground(sessions: Sessions) -> Ground:
    """An order that is not quite the newest, and who it belongs to."""
    async with unit_of_work(sessions) as session:
        row = (await session.execute(text(_GROUND))).mappings().one()
    return Ground(**row, at=now())


async def add_up(sessions: Sessions) -> float:
    """Bring numbers and counts up to the orders there are, as workers do; the seconds it took."""
    begun = perf_counter()
    while await _rolled(sessions):
        pass
    while await _added_up(sessions):
        pass
    return perf_counter() - begun


async def _rolled(sessions: Sessions) -> bool:
    async with unit_of_work(sessions) as session:
        return bool(await statistics.roll_up_orders(session, limit=ROLLED))


async def _added_up(sessions: Sessions) -> bool:
    async with unit_of_work(sessions) as session:
        return bool(await orders.centre.fold_ended(session, limit=ROLLED))
