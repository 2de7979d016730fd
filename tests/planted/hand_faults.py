"""Guards of money taken by hand removed."""

from tests.planted.fault import Fault, fault

SETTLE = "app/services/payments/collect_settle.py"
BY_HAND = "tests/integration/payments/test_by_hand.py"
RACES = "tests/integration/payments/test_by_hand_races.py"
PENDING = "tests/integration/payments/test_pending_points.py"
RULES = "tests/integration/orders/test_method_rules.py"
ORDERS = "tests/integration/orders/test_by_hand.py"

HAND_FAULTS: tuple[Fault, ...] = (
    fault(
        "who recorded a transfer confirms it",
        SETTLE,
        "    actor.require_other_than(row.recorded_by)\n",
        "",
        f"{BY_HAND}::test_a_transfer_pays_when_a_second_person_saw_it",
        needs_database=True,
    ),
    fault(
        "any amount of a transfer pays",
        "app/services/payments/engine/by_hand.py",
        "Meaning.PAYS if amount_minor == tender.amount_minor else Meaning.AMOUNT_MISMATCH",
        "Meaning.PAYS",
        f"{BY_HAND}::test_another_amount_never_pays",
        needs_database=True,
    ),
    fault(
        "any amount of cash pays",
        "app/services/payments/collect.py",
        "        if command.amount_minor != tender.amount_minor:\n",
        "        if False:\n",
        f"{BY_HAND}::test_cash_has_to_be_what_is_due",
        needs_database=True,
    ),
    fault(
        "a collection is read before its plan is locked",
        SETTLE,
        "    row = await read_collection(session, collection_id)\n    if row.version",
        "    row = known\n    if row.version",
        f"{RACES}::test_a_transfer_is_confirmed_once",
        needs_database=True,
    ),
    fault(
        "collecting does not wait for the plan",
        "app/services/payments/collect.py",
        "plan = await locked(session, owner, known.order_id, known.id)",
        "plan = known",
        f"{RACES}::test_two_drivers_collect_one_order",
        needs_database=True,
    ),
    fault(
        "time closes orders whose transfer is looked at",
        "app/repositories/orders/axes.py",
        "c.state = 'recorded')",
        "c.state = 'nothing')",
        f"{ORDERS}::test_time_does_not_close_what_is_looked_at",
        needs_database=True,
    ),
    fault(
        "a refund leaves what its order promised",
        "app/services/payments/refund_points.py",
        "await take_back_pending(session, source_of(plan.order_id), points) if points else 0",
        "0",
        f"{PENDING}::test_a_refund_takes_from_the_promise_first",
        needs_database=True,
    ),
    fault(
        "points ripen twice at once",
        "app/repositories/payments/pending_points.py",
        "LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED)",
        "LIMIT :limit)",
        f"{PENDING}::test_jobs_at_once_share_the_work",
        needs_database=True,
    ),
    fault(
        "rules about ways to pay are told and not kept to",
        "app/services/payments/method_rules.py",
        "        if reasons := refusals(terms.routing.rules, method, sale, payable_minor):\n",
        "        if reasons := refusals((), method, sale, payable_minor):\n",
        f"{RULES}::test_an_order_that_may_not_is_refused_with_the_reason",
        needs_database=True,
    ),
    fault(
        "a switched-off rule refuses",
        "app/repositories/payments/routing.py",
        "FROM payment_method_rules m WHERE m.is_enabled)",
        "FROM payment_method_rules m)",
        f"{RULES}::test_an_order_that_may_not_is_refused_with_the_reason",
        needs_database=True,
    ),
    fault(
        "one good is enough to allow a way to pay",
        "app/services/payments/engine/method_rules.py",
        "enough = any if self.effect is MethodEffect.REFUSE else all",
        "enough = any",
        "tests/unit/payments/test_method_rules.py",
    ),
    fault(
        "points pay goods that are kept from them",
        "app/services/payments/engine/tenders.py",
        "limit if source.cap_minor is None else min(limit, source.cap_minor)",
        "limit",
        "tests/property/test_points_limit.py::test_points_pay_no_more_than_the_limit",
    ),
    fault(
        "the strictest limit gives way to the loosest",
        "app/services/payments/engine/points_limit.py",
        "return min(about",
        "return max(about",
        "tests/property/test_points_limit.py::test_the_limit_is_the_sum_of_the_lines_limits",
    ),
    fault(
        "an order ignores what limits points",
        "app/services/payments/requests.py",
        "cap_minor=points_cap_minor",
        "cap_minor=None",
        "tests/integration/orders/test_points_limit.py::test_the_quote_says_what_the_order_keeps_to",
        needs_database=True,
    ),
    fault(
        "instalments nobody offers are agreed to",
        "app/services/payments/engine/instalments.py",
        "return self.currency == currency and amount_minor >= self.min_minor",
        "return self.currency == currency",
        "tests/unit/payments/test_instalments.py",
    ),
    fault(
        "a tender forgets what paid it in the end",
        "app/services/payments/settle.py",
        '{"instalments": attempt.instalments, "fee_bearer": attempt.fee_bearer}',
        '{"instalments": None, "fee_bearer": None}',
        "tests/integration/payments/test_instalments.py::test_the_tender_keeps_what_was_paid_by_in_the_end",
        needs_database=True,
    ),
    fault(
        "points of several members ripen one by one",
        "app/services/payments/pending_points.py",
        "            journals.append(journal)\n    await ledger.post(session, journals)\n",
        "            await ledger.post(session, [journal])\n",
        f"{PENDING}::test_promises_of_several_members_meet_breakage",
        needs_database=True,
    ),
    fault(
        "what was paid by hand is asked of a gateway",
        "app/repositories/payments/refunds.py",
        "WHEN t.out_trade_no IS NULL THEN 'failed' ELSE",
        "ELSE",
        f"{BY_HAND}::test_what_was_paid_by_hand_goes_back_by_hand",
        needs_database=True,
    ),
)
