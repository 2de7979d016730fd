"""Invariants of replays: they count every order once."""

from app.repositories.reports.audit import Invariant

REPLAYS = (
    Invariant(
        "a replay has counted each of its orders once",
        """
        WITH counted AS (
            SELECT r.id, r.done, (r.result #>> '{tally,orders}')::int AS quoted,
                   (r.result #>> '{tally,changed}')::int AS changed,
                   coalesce((SELECT sum(n::int) FROM jsonb_each_text(
                       r.result #> '{tally,skipped}') AS s(reason, n)), 0) AS skipped
            FROM replays r WHERE r.result ? 'tally'),
        kept AS (
            SELECT replay_id, count(*) FILTER (WHERE is_changed) AS changed
            FROM replay_orders GROUP BY 1)
        SELECT c.id, c.done, c.quoted, c.skipped, c.changed, k.changed AS kept
        FROM counted c LEFT JOIN kept k ON k.replay_id = c.id
        WHERE c.done <> c.quoted + c.skipped OR c.changed <> coalesce(k.changed, 0)
        """,
    ),
)
