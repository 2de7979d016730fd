"""SQL that makes an order's review, and the hold that keeps the order until it is judged.

Both are parts of statements that are sent anyway: whoever pays or places an order needs none more,
and nobody can find the order without its hold. Where no rule is enabled nothing is written, and
rules that do no more than label keep nothing back.
"""

ADDRESS_KEY = """
    regexp_replace(lower(concat({0}->>'country', {0}->>'province', {0}->>'city', {0}->>'district',
        {0}->>'street')), '[\\s,.，。、#-]+', '', 'g')
"""


def made(source: str, condition: str, again: str = "'rejected'") -> str:
    """CTEs for an order of the CTE `source` (`id`, `member_id`, `address`) under a condition.

    They need `review_id` and `hold_id`. An order has one review; one in a state of `again` is
    judged again: a rejected one that is paid for all the same, because the money was faster than
    the close of its payment, and any decided one of an order that was changed since.
    """
    return f"""
    review AS (
        INSERT INTO order_reviews (id, order_id, member_id, phone, address_key, is_holding)
        SELECT CAST(:review_id AS uuid), m.id, m.member_id, left(m.address->>'phone', 32),
            {ADDRESS_KEY.format("m.address")}, asked.holds
        FROM {source} m, (SELECT count(*) AS rules, coalesce(bool_or(effect <> 'pass'), false)
                          AS holds FROM order_review_rules WHERE is_enabled) asked
        WHERE {condition} AND asked.rules > 0
        ON CONFLICT (order_id) DO UPDATE SET state = 'due',
            is_holding = excluded.is_holding OR order_reviews.state = 'rejected',
            closed_by = NULL, closed_at = NULL,
            closed_for = NULL, first_approved_by = NULL, phone = excluded.phone,
            address_key = excluded.address_key, version = order_reviews.version + 1,
            updated_at = now()
        WHERE order_reviews.state IN ({again})
        RETURNING id, order_id, member_id, is_holding),
    kept AS (
        INSERT INTO order_holds (id, order_id, member_id, kind, reference, reason, held_by)
        SELECT CAST(:hold_id AS uuid), r.order_id, r.member_id, 'review',
            CAST(r.id AS varchar), 'to be reviewed', 'system'
        FROM review r WHERE r.is_holding)
    """


# An order that falls takes its review with it, and what that held.
WITHDRAWN = """
    withdrawn AS (
        UPDATE order_reviews r SET state = 'withdrawn', claimed_by = NULL, claimed_until = NULL,
            closed_at = now(), version = r.version + 1, updated_at = now()
        FROM moved m
        WHERE r.order_id = m.id AND r.state IN ('due', 'open', 'claimed', 'second')
        RETURNING r.id, r.order_id),
    freed AS (
        UPDATE order_holds h SET lifted_at = now(), lifted_by = 'system'
        FROM withdrawn w
        WHERE h.order_id = w.order_id AND h.kind = 'review'
          AND h.reference = CAST(w.id AS varchar) AND h.lifted_at IS NULL)
"""
