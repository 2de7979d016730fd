"""Batches of gift cards, and what could go wrong with them."""

from app.core.db import unit_of_work
from app.core.enums.payments import CardFunding
from app.services import payments
from tests.factories.payments import staff

CARD_CORRUPTIONS = [
    ("UPDATE gift_card_batches SET made = made - 1 WHERE batch = 'SOLD'", "cards it made"),
    (
        """DELETE FROM gift_cards
        WHERE id = (SELECT id FROM gift_cards WHERE batch = 'KEPT' LIMIT 1)""",
        "cards it made",
    ),
    ("UPDATE gift_cards SET state = 'active' WHERE batch = 'KEPT'", "given its money once"),
    ("UPDATE gift_cards SET state = 'issued' WHERE batch = 'SOLD'", "given its money once"),
    ("UPDATE gift_cards SET state = 'issued' WHERE batch = 'SOLD'", "left to activate"),
]


async def make_batches(lin):
    """One batch that was sold and one that is kept."""
    async with unit_of_work(lin.sessions) as session:
        sold, _ = [
            await payments.open_card_batch(
                session,
                payments.NewCardBatch(batch=name, count=2, currency="CNY", face_minor=5_000),
                actor=staff(),
            )
            for name in ("SOLD", "KEPT")
        ]
    await payments.work_on_card_batches(lin.sessions, lin.terms)
    async with unit_of_work(lin.sessions) as session:
        await payments.activate_card_batch(
            session, sold.id, funding=CardFunding.SOLD, actor=staff()
        )
    await payments.work_on_card_batches(lin.sessions, lin.terms)
