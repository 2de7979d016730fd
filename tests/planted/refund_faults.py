"""Guards of refunds removed, and faults in what they are worth."""

from tests.planted.fault import Edit, Fault, fault

PAYMENTS = "app/services/payments"
QUEUE = "app/repositories/payments/refund_queue.py"
REFUNDS = "app/repositories/payments/refunds.py"
STANDING = "app/repositories/payments/refund_standing.py"
LOTS = "app/repositories/payments/lots.py"
STEPS = "tests/integration/payments/test_refund_steps.py"
WITHHOLDING = "tests/integration/payments/test_withholding.py"
POLICIES = "tests/integration/payments/test_refund_policies.py"
RACES = "tests/integration/payments/test_refund_races.py"
TROUBLE = "tests/integration/payments/test_refund_trouble.py"
POINTS = "tests/integration/payments/test_refund_points.py"
ATTRIBUTION = "tests/property/test_attribution.py"
TAX_MODES = "tests/integration/orders/test_tax_modes.py"
FOLLOWS = "tests/integration/orders/test_refunds_follow.py"

REFUND_FAULTS: tuple[Fault, ...] = (
    fault(
        "units of an order cost what its channel makes of them today",
        "app/repositories/orders/rows.py",
        "o.tax_mode, l.id AS line_id",
        "(SELECT tax_mode FROM channels WHERE id = o.channel_id) AS tax_mode, l.id AS line_id",
        f"{TAX_MODES}::test_units_bring_back_what_they_cost",
        needs_database=True,
    ),
    fault(
        "an unpaid order is lessened as its channel prices today",
        "app/repositories/orders/refund_facts.py",
        "o.quote, o.priced_with, o.tax_mode,",
        "o.quote, o.priced_with,"
        " (SELECT tax_mode FROM channels WHERE id = o.channel_id) AS tax_mode,",
        f"{TAX_MODES}::test_unpaid_orders_ask_for_less_as_they_were_priced",
        needs_database=True,
    ),
    fault(
        "goods that are added at agreed prices are taxed as prices are today",
        "app/repositories/orders/changes.py",
        "o.tax_mode, h.tax_mode AS",
        "h.tax_mode, h.tax_mode AS",
        f"{TAX_MODES}::test_goods_that_are_added_cost_what_was_said",
        needs_database=True,
    ),
    fault(
        "what added goods cost changes with the channel while it is thought about",
        "app/services/orders/charges/added.py",
        "tax_mode=TaxMode(mode) if mode else None",
        "tax_mode=None",
        f"{TAX_MODES}::test_goods_that_are_added_cost_what_was_said",
        needs_database=True,
    ),
    fault(
        "orders of older processes are all said to have tax in their prices",
        "migrations/versions/20261129_2100_keep_tax_modes.py",
        "{NET} + NEW.tax_minor THEN 'exclusive'",
        "{NET} + NEW.tax_minor THEN 'inclusive'",
        f"{TAX_MODES}::test_rows_of_older_processes_say_it_by_their_own_figures",
        needs_database=True,
    ),
    Fault(
        "refunds decided without the locks of order and plan",
        (
            Edit(
                "app/repositories/payments/plans.py",
                "WHERE order_id = :order_id FOR NO KEY UPDATE",
                "WHERE order_id = :order_id",
            ),
            Edit(
                "app/repositories/orders/axes.py",
                "FROM orders WHERE id = :order_id{scope} FOR UPDATE",
                "FROM orders WHERE id = :order_id{scope}",
            ),
        ),
        (
            "tests/integration/orders/test_refund_races.py::test_m22_refunds_of_60_of_100_through_the_order",
        ),
        needs_database=True,
    ),
    fault(
        "units that are back already come back again",
        f"{PAYMENTS}/refund.py",
        "    if without(list(command.units), found.returned) != command.units:\n",
        "    if False:\n",
        f"{RACES}::test_m22_one_unit_is_returned_once",
        needs_database=True,
    ),
    fault(
        "a refund names the first payment that came, paid or kept apart",
        f"{PAYMENTS}/refund.py",
        "if each.id == plan.captured_by), None)",
        'if each.state == "succeeded"), None)',
        "tests/integration/payments/test_late_money.py::test_what_paid_is_what_a_refund_names",
        needs_database=True,
    ),
    fault(
        "what waits is not kept from others",
        STANDING,
        "state NOT IN ('rejected', 'cancelled'))",
        "state NOT IN ('rejected', 'cancelled', 'waiting'))",
        f"{STEPS}::test_what_waits_moves_nothing_and_is_kept_from_others",
        needs_database=True,
    ),
    fault(
        "who asks for a refund approves it",
        f"{PAYMENTS}/refund_settle.py",
        '    actor.require_other_than(row["actor"])\n',
        "",
        f"{STEPS}::test_what_waits_moves_nothing_and_is_kept_from_others",
        needs_database=True,
    ),
    fault(
        "a refund that is given up keeps its money from others",
        REFUNDS,
        "refunded_minor = t.refunded_minor - p.amount_minor",
        "refunded_minor = t.refunded_minor",
        f"{STEPS}::test_what_is_given_up_is_free_again",
        needs_database=True,
    ),
    fault(
        "a cancelled order keeps its waiting refunds",
        f"{PAYMENTS}/refund.py",
        "    if found.waiting:\n",
        "    if False:\n",
        f"{STEPS}::test_everything_gives_up_what_waits",
        needs_database=True,
    ),
    fault(
        "a part is finished whatever its state",
        QUEUE,
        "WHERE id = :id AND state = ANY(CAST(:was AS text[])) RETURNING id",
        "WHERE id = :id AND (true OR state = ANY(CAST(:was AS text[]))) RETURNING id",
        f"{RACES}::test_a_failed_part_goes_one_way",
        needs_database=True,
    ),
    fault(
        "an order is refunded although a refund waits",
        QUEUE,
        "AND o.state IN ('pending', 'waiting'))",
        "AND o.state IN ('pending'))",
        f"{STEPS}::test_an_order_with_a_waiting_refund_is_not_refunded_yet",
        needs_database=True,
    ),
    fault(
        "money goes another way without asking the gateway",
        f"{PAYMENTS}/refund_rescue.py",
        "    if answer.state not in GONE:\n",
        "    if False:\n",
        f"{TROUBLE}::test_money_that_may_still_arrive_goes_no_other_way",
        needs_database=True,
    ),
    fault(
        "disputes not looked at",
        f"{PAYMENTS}/engine/order_standing.py",
        "        if self.is_disputed:\n",
        "        if False:\n",
        f"{TROUBLE}::test_m25_refunds_wait_for_a_dispute_and_no_more_goes_out_than_came_in",
        needs_database=True,
    ),
    fault(
        "the policy of the day instead of the order's",
        f"{PAYMENTS}/open.py",
        '            "refund_policy": plan.refund_policy,\n',
        '            "refund_policy": "attributed",\n',
        f"{STEPS}::test_the_policy_is_the_one_the_order_was_placed_under",
        needs_database=True,
    ),
    fault(
        "what is withheld is sent through the gateway all the same",
        "app/repositories/payments/refund_queue.py",
        "t.amount_minor - t.points_withheld_minor AS amount_minor",
        "t.amount_minor AS amount_minor",
        f"{WITHHOLDING}::test_every_missing_point_is_kept_once_and_the_rest_arrives",
        needs_database=True,
    ),
    fault(
        "points withheld from what the bank took",
        f"{PAYMENTS}/carry_out.py",
        "[] if decision.is_gone else decision.parts",
        "decision.parts",
        f"{WITHHOLDING}::test_a_bank_that_took_the_money_leaves_nothing_to_withhold",
        needs_database=True,
    ),
    fault(
        "gift cards pay for missing points before gateways",
        f"{PAYMENTS}/engine/withholding.py",
        "    for each in reversed(room):\n",
        "    for each in room:\n",
        f"{WITHHOLDING}::test_a_gift_card_gets_less_only_where_nothing_else_is_left",
        needs_database=True,
    ),
    fault(
        "a store's own rules of refunds not asked",
        f"{PAYMENTS}/terms.py",
        "        return self.routing.refunds.get(channel_id, self.refund_rules)\n",
        "        return self.refund_rules\n",
        f"{POLICIES}::test_an_order_gets_the_rules_of_its_store",
        needs_database=True,
    ),
    fault(
        "points live the grace of the day instead of the order's",
        f"{PAYMENTS}/refund_points.py",
        '(_used(row) for row in rows if row["used"]), quantity, rows[0]["at"], plan.grace',
        '(_used(row) for row in rows if row["used"]), quantity, rows[0]["at"]',
        f"{POLICIES}::test_cards_and_points_live_the_grace_of_their_order",
        needs_database=True,
    ),
    fault(
        "spent points that are no longer earned are forgiven",
        f"{PAYMENTS}/refund_points.py",
        "    if owed := missing - withheld.points:\n",
        "    if owed := 0:\n",
        f"{POINTS}::test_inv_19_points_earned_go_and_what_was_spent_is_owed",
        needs_database=True,
    ),
    fault(
        "a debt of points read without a lock",
        LOTS,
        "WHERE member_id = :member_id AND currency = :currency AND quantity > 0\n"
        "        FOR NO KEY UPDATE),",
        "WHERE member_id = :member_id AND currency = :currency AND quantity > 0),",
        f"{RACES}::test_a_debt_is_repaid_by_what_the_lock_shows",
        needs_database=True,
    ),
    fault(
        "other points live longer with those that come back",
        f"{PAYMENTS}/engine/restoring.py",
        "            is_apart = each.is_shared and expires_at != each.expires_at\n",
        "            is_apart = False\n",
        "tests/unit/payments/test_restoring.py",
    ),
    fault(
        "points come back step by step, each rounded down",
        f"{PAYMENTS}/engine/restoring.py",
        "    return refunded_minor * points // amount_minor - restored\n",
        "    return refunded_minor * points // amount_minor\n",
        "tests/unit/payments/test_restoring.py",
    ),
    fault(
        "cents that do not divide are lost",
        f"{PAYMENTS}/engine/spreading.py",
        "        more[place] = min(spare, weights[place].quantity)\n",
        "        more[place] = 0\n",
        f"{ATTRIBUTION}::test_spreading_over_runs_is_allocating_over_units",
    ),
    fault(
        "more than a tender has left",
        f"{PAYMENTS}/engine/refunding.py",
        "    if wanted:\n        raise RefundExceeds(",
        "    if False:\n        raise RefundExceeds(",
        f"{ATTRIBUTION}::test_more_than_is_left_is_refused",
    ),
    fault(
        "goods for points alone are paid by everything",
        f"{PAYMENTS}/engine/attribution.py",
        "_pinned(rows, tenders[points_at]) if points_at is not None else _unpinned(rows)",
        "_unpinned(rows)",
        f"{ATTRIBUTION}::test_goods_for_points_alone_are_attributed_to_points",
    ),
    fault(
        "a full refund returns coupons of cancellations",
        "app/services/promotions/uses.py",
        "        rules=(ON_FULL_REFUND,),\n",
        "        rules=(ON_CANCEL, ON_FULL_REFUND),\n",
        f"{FOLLOWS}::test_coupons_return_with_all_money_by_their_rule",
        needs_database=True,
    ),
    fault(
        "a gift stays for nothing",
        "app/services/orders/engine/refund_wish.py",
        "    if valued.gifts and wish.gift_choice is None and not wish.keeps_gifts:\n",
        "    if False:\n",
        f"{FOLLOWS}::test_m39_a_return_asks_for_the_gift_or_for_its_value",
        needs_database=True,
    ),
)
