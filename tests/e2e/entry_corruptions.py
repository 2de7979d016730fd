"""Corruptions of orders that were entered, and the invariant each breaks; and those orders."""

from app.core.db import unit_of_work
from app.core.enums.handouts import HandoutAction
from app.core.enums.orders import OrderKind
from app.services import orders
from app.services.orders import entry
from tests.factories.entering import line, take
from tests.factories.orders import ADDRESS, LIMITS
from tests.factories.payments import TERMS, staff

ENTRY_CORRUPTIONS = [
    ("UPDATE order_lines SET agreed_reason = NULL, agreed_source = NULL", "who agreed"),
    ("UPDATE order_units SET price_kind = 'list' WHERE price_kind = 'agreed'", "who agreed"),
    ("UPDATE orders SET cost_centre = NULL WHERE kind <> 'sale'", "has who bears it"),
    (
        (
            "UPDATE order_lines l SET tax_minor = 1 FROM orders o"
            " WHERE o.id = l.order_id AND o.kind <> 'sale'"
        ),
        "has who bears it",
    ),
    ("UPDATE handouts SET state = 'rejected'", "one of its recipients'"),
    ("UPDATE handouts SET recipients = recipients - 1", "one of its recipients'"),
    ("UPDATE orders SET kind = 'internal' WHERE source = 'free'", "one of its recipients'"),
    (
        "UPDATE handouts SET recipients = jsonb_set(recipients, '{0,lines,0,quantity}', '9')",
        "the pieces its recipient was to get",
    ),
    ("UPDATE handouts SET decided_by = made_by", "decided by another"),
    (
        "UPDATE payment_links SET expires_at = expires_at + interval '1 day'",
        "no longer than its order waits",
    ),
]


async def enter_orders(lin) -> None:
    """One at an agreed price with a link to pay it, and a list of gifts for two."""
    shop = lin.shop
    async with unit_of_work(lin.sessions) as session:
        placed = await take(session, shop, line(shop.sku_ids[0], 1, 100))
        await orders.entry.make_link(
            session, placed.id, seconds=60, actor=staff(), pepper=TERMS.pepper, terms=TERMS
        )
        command = entry.NewHandout(
            kind=OrderKind.SAMPLE,
            reason="For the press",
            cost_centre="unassigned",
            recipients=tuple(
                entry.Recipient(address=ADDRESS, lines=[(shop.sku_ids[0], 1)]) for _ in range(2)
            ),
        )
        row = await entry.make_handout(session, command, alone_minor=0, actor=staff())
        await entry.decide(session, row.id, HandoutAction.APPROVE, version=1, actor=staff())
    _, refused = await entry.hand_out(
        lin.sessions, row.id, actor=staff(), limits=LIMITS, terms=TERMS
    )
    assert not refused
