"""Invariants of money taken by hand, and of points that are promised."""

from app.repositories.reports.audit import Invariant

PENDING_POINTS = (
    Invariant(
        "promised points are granted once, less what was taken back",
        """
        SELECT p.source, p.state, p.quantity, p.taken_back, l.quantity AS granted
        FROM pending_points p LEFT JOIN points_lots l ON l.source = p.source
        WHERE l.quantity IS DISTINCT FROM
            CASE p.state WHEN 'granted' THEN p.quantity - p.taken_back END
        """,
    ),
)

COLLECTIONS = (
    Invariant(
        "a tender paid by hand is captured with one collection of its amount",
        """
        WITH taken AS (
            SELECT tender_id, count(*) AS times, sum(amount_minor) AS minor FROM collections
            WHERE state = 'confirmed' OR kind = 'cash_on_delivery' GROUP BY 1)
        SELECT t.id, t.kind, t.state, t.amount_minor, k.times, k.minor AS collected
        FROM tenders t LEFT JOIN taken k ON k.tender_id = t.id
        WHERE t.kind IN ('cash_on_delivery', 'bank_transfer')
          AND (k.times, k.minor) IS DISTINCT FROM
            CASE t.state WHEN 'captured' THEN (1::bigint, t.amount_minor::numeric)
                 ELSE (NULL::bigint, NULL::numeric) END
        """,
    ),
    Invariant(
        "money taken by hand was seen by two people",
        """
        SELECT id, kind, state, recorded_by, settled_by FROM collections
        WHERE state IN ('confirmed', 'apart', 'returned')
          AND (settled_by IS NULL OR settled_by = recorded_by)
        """,
    ),
    Invariant(
        "cash on its way is what was collected and is not handed in",
        """
        WITH way AS (
            SELECT currency, sum(amount_minor) AS minor FROM collections
            WHERE kind = 'cash_on_delivery' AND state = 'recorded' GROUP BY 1),
        booked AS (
            SELECT a.currency, sum(e.amount_minor) AS minor
            FROM ledger_accounts a JOIN ledger_entries e ON e.account_id = a.id
            WHERE a.code = 'gateway_clearing:cash_on_delivery' GROUP BY 1)
        SELECT currency, way.minor AS collected, booked.minor AS booked
        FROM way FULL JOIN booked USING (currency)
        WHERE coalesce(way.minor, 0) <> coalesce(booked.minor, 0)
        """,
    ),
)
