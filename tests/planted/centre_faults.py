"""Guards of lists and counts removed: what is over is counted once, and pages end."""

from tests.planted.fault import Fault, fault

ENDED = "app/repositories/orders/ended.py"
COUNTS = "tests/integration/orders/test_ended_counts.py"
REVIEWS = "tests/integration/orders/test_review_plans.py"

CENTRE_FAULTS: tuple[Fault, ...] = (
    fault(
        "what ends in a transaction that is open is passed over",
        "app/repositories/horizon.py",
        "SELECT least(now(), min(xact_start)) - interval '1 second' FROM pg_stat_activity",
        "SELECT clock_timestamp() FROM pg_stat_activity",
        f"{COUNTS}::test_what_ends_while_others_are_added_up_counts_once",
        needs_database=True,
    ),
    fault(
        "what is added up is counted again",
        ENDED,
        '        await self._session.execute(_MOVE, {"at": following})\n',
        "",
        f"{COUNTS}::test_what_ends_while_others_are_added_up_counts_once",
        needs_database=True,
    ),
    fault(
        "orders of the past are over and not counted",
        "app/services/orders/history/land.py",
        'fold_past([each["id"] for each in batch.rows["orders"]])',
        'fold_past([each["id"] for each in batch.rows["orders"][:0]])',
        f"{COUNTS}::test_orders_of_the_past_are_added_to_what_is_added_up",
        needs_database=True,
    ),
    fault(
        "a merchant counts what others sold",
        ENDED,
        "SELECT DISTINCT o.id, f.merchant_id\n"
        "            FROM orders o JOIN fulfilments f ON f.order_id = o.id\n",
        "SELECT o.id, f.id AS merchant_id\n            FROM orders o CROSS JOIN merchants f\n",
        f"{COUNTS}::test_what_is_over_is_counted_to_a_thousand_until_it_is_added_up",
        needs_database=True,
    ),
    fault(
        "reviews that are over are read whole",
        "migrations/versions/20261128_1700_list_ended_reviews.py",
        '["state", sa.text("(- priority)"), "id"]',
        '["state"]',
        f"{REVIEWS}::test_each_page_reads_what_it_shows_in_one_order",
        needs_database=True,
    ),
)
