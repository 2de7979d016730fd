"""Invariants of limits on uses, and of batches of coupons (pricing specification 2.7)."""

from app.repositories.reports.audit import Invariant

COUPONS = (
    Invariant(
        "days of a promotion count its uses",
        """
        SELECT promotion_id, day, d.used, d.most, u.uses
        FROM promotion_days d FULL JOIN (
            SELECT u.promotion_id, u.day, count(*) AS uses
            FROM promotion_uses u JOIN promotion_quotas q USING (promotion_id)
            WHERE u.state <> 'released' AND u.day IS NOT NULL AND q.uses_per_day IS NOT NULL
            GROUP BY 1, 2) u USING (promotion_id, day)
        WHERE coalesce(d.used, 0) <> coalesce(u.uses, 0)
        """,
    ),
    Invariant(
        "no member uses a promotion more often than allowed",
        """
        SELECT u.promotion_id, u.member_id, count(*) AS uses
        FROM promotion_uses u JOIN promotion_quotas q USING (promotion_id)
        WHERE u.state <> 'released' AND u.slot IS NOT NULL
        GROUP BY u.promotion_id, u.member_id
        HAVING count(*) > max(q.uses_per_member)
        """,
    ),
    Invariant(
        "no member uses a promotion more often a day than allowed",
        """
        SELECT u.promotion_id, u.member_id, u.day, count(*) AS uses
        FROM promotion_uses u JOIN promotion_quotas q USING (promotion_id)
        WHERE u.state <> 'released' AND u.day_slot IS NOT NULL
        GROUP BY u.promotion_id, u.member_id, u.day
        HAVING count(*) > max(q.uses_per_member_per_day)
        """,
    ),
    Invariant(
        "a batch gave what it counted",
        """
        SELECT b.id, b.name, b.issued, c.given
        FROM coupon_batches b LEFT JOIN (
            SELECT batch_id, count(*) AS given FROM coupons
            WHERE batch_id IS NOT NULL GROUP BY 1) c ON c.batch_id = b.id
        WHERE b.total IS NOT NULL AND b.kind <> 'codes'
          AND (b.issued <> coalesce(c.given, 0) OR b.issued > b.total)
        """,
    ),
    Invariant(
        "no member has more of a batch than allowed",
        """
        SELECT c.batch_id, c.member_id, count(*) AS held, max(c.slot) AS slot
        FROM coupons c JOIN coupon_batches b ON b.id = c.batch_id
        GROUP BY c.batch_id, c.member_id
        HAVING max(c.slot) <> count(*) OR count(*) > max(b.per_member)
        """,
    ),
    Invariant(
        "a used code gave one coupon of its batch",
        """
        SELECT k.batch_id, k.number FROM coupon_codes k
        JOIN coupons c ON c.id = k.coupon_id
        WHERE c.batch_id IS DISTINCT FROM k.batch_id
        """,
    ),
    Invariant(
        "a batch has the codes it made",
        """
        SELECT b.id, b.name, b.made, k.codes
        FROM coupon_batches b LEFT JOIN (
            SELECT batch_id, count(*) AS codes FROM coupon_codes GROUP BY 1) k
            ON k.batch_id = b.id
        WHERE b.kind = 'codes' AND b.made <> coalesce(k.codes, 0)
        """,
    ),
    Invariant(
        "every coupon of a batch of codes was got by one",
        """
        SELECT c.id FROM coupons c JOIN coupon_batches b ON b.id = c.batch_id
        LEFT JOIN coupon_codes k ON k.coupon_id = c.id
        WHERE b.kind = 'codes' AND k.number IS NULL
        """,
    ),
)
