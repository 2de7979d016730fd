"""Invariants of gift cards and their batches."""

from app.repositories.reports.audit import Invariant

CARDS = (
    Invariant(
        "a batch of gift cards has the cards it made",
        """
        SELECT b.batch, b.made, c.cards
        FROM gift_card_batches b LEFT JOIN (
            SELECT batch, count(*) AS cards FROM gift_cards
            WHERE replaces_id IS NULL GROUP BY 1) c USING (batch)
        WHERE b.made <> coalesce(c.cards, 0)
        """,
    ),
    Invariant(
        "a gift card that can pay was given its money once",
        """
        SELECT g.id, g.state, j.key FROM gift_cards g
        LEFT JOIN ledger_journals j ON j.key = 'gift_card:' || g.id
        WHERE g.replaces_id IS NULL
          AND ((g.state IN ('active', 'frozen') AND j.id IS NULL)
            OR (g.state = 'issued' AND j.id IS NOT NULL))
        """,
    ),
    Invariant(
        "nothing is left to activate of a batch that was",
        """
        SELECT b.batch, g.id FROM gift_card_batches b JOIN gift_cards g USING (batch)
        WHERE b.funding IS NOT NULL AND NOT b.activating AND g.state = 'issued'
        """,
    ),
)
