"""Guards of the database removed: locks, limits and conditions that only a race shows."""

from tests.planted.fault import Edit, Fault, fault

USES = "app/repositories/promotions/uses.py"
QUOTAS = "app/repositories/pricing/quotas.py"
LAST = "tests/integration/orders/test_last_ones.py"

GUARD_FAULTS: tuple[Fault, ...] = (
    fault(
        "a coupon is taken whatever its state",
        USES,
        "     WHERE c.id = h.id AND c.state = 'available'\n",
        "     WHERE c.id = h.id\n",
        f"{LAST}::test_one_coupon_serves_one_of_two_orders",
        needs_database=True,
    ),
    fault(
        "total uses not looked at",
        USES,
        "       AND (l.total_uses IS NULL OR l.reserved + l.consumed < l.total_uses)\n",
        "",
        f"{LAST}::test_m41_the_last_use_or_the_last_cents",
        needs_database=True,
    ),
    fault(
        "budget of all orders not looked at",
        USES,
        "            OR l.reserved_minor + l.consumed_minor + l.amount_minor <= l.budget_minor)\n",
        "            OR true)\n",
        f"{LAST}::test_m41_the_last_use_or_the_last_cents",
        needs_database=True,
    ),
    fault(
        "quotas read without a lock",
        USES,
        "JOIN wanted w USING (promotion_id)\n"
        "     WHERE {LIMITED} ORDER BY q.promotion_id FOR UPDATE OF q),",
        "JOIN wanted w USING (promotion_id)\n     WHERE {LIMITED} ORDER BY q.promotion_id),",
        "tests/integration/promotions/test_races.py::test_m9_m41_a_quota_is_used_up_exactly",
        needs_database=True,
    ),
    fault(
        "uses of a day not looked at",
        USES,
        "SET used = d.used + 1 WHERE d.used < d.most",
        "SET used = d.used + 1",
        f"{LAST}::test_m41_the_last_use_or_the_last_cents",
        needs_database=True,
    ),
    fault(
        "slots of a member not looked at",
        USES,
        "     WHERE (s.is_free OR s.slot IS NOT NULL) AND (",
        "     WHERE (",
        "tests/integration/promotions/test_races.py"
        "::test_m9_fifty_tabs_of_one_member_get_what_one_member_may",
        needs_database=True,
    ),
    fault(
        "quota of a price not looked at",
        QUOTAS,
        "     WHERE (l.quota IS NULL OR l.sold + l.quantity <= l.quota)\n",
        "     WHERE true\n",
        f"{LAST}::test_the_last_piece_at_a_flash_price",
        needs_database=True,
    ),
    fault(
        "quota of a price read without a lock",
        QUOTAS,
        "     ORDER BY p.sku_id, p.price_list_id, p.min_quantity FOR UPDATE OF p),\nopen",
        "     ORDER BY p.sku_id, p.price_list_id, p.min_quantity),\nopen",
        "tests/integration/pricing/test_quotas.py::test_a_rush_takes_the_quota_and_no_more",
        needs_database=True,
    ),
    Fault(
        "a consumed use released by an unpaid order",
        (Edit(USES, "ELSE u.state = 'reserved' END", "ELSE u.state <> 'released' END"),),
        ("tests/integration/promotions/test_uses.py",),
        needs_database=True,
    ),
    fault(
        "a replayed reservation taken twice",
        USES,
        "           AND u.state <> 'released')),\nlimited",
        "           AND u.state = 'lost')),\nlimited",
        "tests/integration/promotions/test_uses.py",
        needs_database=True,
    ),
)
