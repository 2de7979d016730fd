"""Invariants of return postage: given or kept once, for what was laid out, and booked as that."""

from app.repositories.reports.audit import Invariant

_OF_RETURNS = """
    SELECT d.id, d.postage_given_minor, d.postage_kept_minor, r.id AS return_id
    FROM refunds d
    LEFT JOIN order_returns r ON r.order_id = d.order_id
        AND (d.number = r.number OR d.number LIKE r.number || '-%')
    WHERE (d.postage_given_minor > 0 OR d.postage_kept_minor > 0)
      AND d.state NOT IN ('rejected', 'cancelled')
"""

POSTAGE = (
    Invariant(
        "postage that is given back was laid out by its shopper, and is within the cap",
        f"""
        SELECT g.return_id, g.minor, r.postage_by, r.outlay_minor, r.postage_cap_minor
        FROM (SELECT return_id, sum(postage_given_minor) AS minor
              FROM ({_OF_RETURNS}) d WHERE postage_given_minor > 0 GROUP BY 1) g
        LEFT JOIN order_returns r ON r.id = g.return_id
        WHERE r.postage_by IS DISTINCT FROM 'shop' OR r.outlay_minor IS NULL
           OR g.minor > least(r.outlay_minor, r.postage_cap_minor)
        """,
    ),
    Invariant(
        "postage that is kept was paid for its shopper, and is within the cap",
        f"""
        SELECT k.return_id, k.minor, r.postage_by, r.collect_minor
        FROM (SELECT return_id, sum(postage_kept_minor) AS minor
              FROM ({_OF_RETURNS}) d WHERE postage_kept_minor > 0 GROUP BY 1) k
        LEFT JOIN order_returns r ON r.id = k.return_id
        WHERE r.postage_by IS DISTINCT FROM 'shopper' OR r.collect_minor IS NULL
           OR k.minor > least(r.collect_minor, r.postage_cap_minor)
        """,
    ),
    Invariant(
        "return postage is in the books as refunds gave and kept it",
        """
        SELECT number, d.minor, b.minor AS booked
        FROM (SELECT number, postage_given_minor - postage_kept_minor AS minor FROM refunds
              WHERE decided_at IS NOT NULL
                AND (postage_given_minor > 0 OR postage_kept_minor > 0)) d
        FULL JOIN (SELECT substr(j.key, 9) AS number, sum(e.amount_minor) AS minor
                   FROM ledger_accounts a
                   JOIN ledger_entries e ON e.account_id = a.id
                   JOIN ledger_journals j ON j.id = e.journal_id
                   WHERE a.code = 'after_sales_cost:postage' AND j.kind LIKE 'return_postage%'
                   GROUP BY 1) b USING (number)
        WHERE d.minor IS DISTINCT FROM b.minor
        """,
    ),
)
