"""Guards of reviewing orders removed: holds that come with the payment, claims, two people."""

from tests.planted.fault import Fault, fault

AXES = "app/repositories/orders/axes.py"
ENGINE = "app/services/orders/engine"
REVIEW = "app/services/orders/review"
RULES = "tests/integration/orders/test_review.py"
QUEUE = "tests/integration/orders/test_review_queue.py"
RACES = "tests/integration/orders/test_review_races.py"
UNIT = "tests/unit/orders/test_review.py"

ORDER_REVIEW_FAULTS: tuple[Fault, ...] = (
    fault(
        "a paid order is not held until it is judged",
        AXES,
        "        if payment_status == PaymentStatus.PAID:\n",
        "        if payment_status == PaymentStatus.CLOSED:\n",
        f"{RULES}::test_an_order_is_held_from_the_moment_it_is_paid",
        needs_database=True,
    ),
    fault(
        "what is paid at the door is not held until it is judged",
        "app/services/orders/enter.py",
        "each.kind is TenderKind.CASH_ON_DELIVERY for each",
        "each.kind is TenderKind.POINTS for each",
        f"{RULES}::test_what_is_paid_at_the_door_is_held_once_placed",
        needs_database=True,
    ),
    fault(
        "an order that fell is still reviewed",
        AXES,
        "        elif state == OrderState.CANCELLED:\n",
        "        elif state == OrderState.COMPLETED:\n",
        f"{RULES}::test_a_buyer_who_cancels_takes_the_review_along",
        needs_database=True,
    ),
    fault(
        "a rejected order that was paid all the same leaves",
        "app/repositories/orders/review_due.py",
        "        WHERE order_reviews.state IN ({again})\n",
        "        WHERE order_reviews.state = 'due' AND 'due' IN ({again})\n",
        f"{RULES}::test_a_rejected_order_that_was_paid_all_the_same_is_judged_again",
        needs_database=True,
    ),
    fault(
        "clerks claim an order nobody locked",
        AXES,
        "FROM orders WHERE id = :order_id{scope} FOR UPDATE\n",
        "FROM orders WHERE id = :order_id{scope}\n",
        f"{RACES}::test_one_of_two_clerks_claims_it",
        needs_database=True,
    ),
    fault(
        "somebody else's claim is not looked at",
        f"{ENGINE}/review_states.py",
        "    is_other = claimed_by is not None and claimed_by != actor\n",
        "    is_other = claimed_by is not None and claimed_by == ''\n",
        f"{UNIT}::test_every_state_and_action",
    ),
    fault(
        "a claim never lapses",
        f"{ENGINE}/review_states.py",
        "(claimed_until is None or claimed_until <= at)",
        "claimed_until is None",
        f"{UNIT}::test_a_claim_whose_time_is_over_is_none",
    ),
    fault(
        "one person approves what needs two",
        f"{REVIEW}/decide.py",
        '        actor.require_other_than(found.row["first_approved_by"])\n',
        "        actor.require_other_than(None)\n",
        f"{QUEUE}::test_two_people_approve_where_a_rule_or_the_amount_says_so",
        needs_database=True,
    ),
    fault(
        "the table lets one person approve twice",
        "migrations/versions/20261126_1300_review_orders.py",
        "(first_approved_by IS NOT NULL AND first_approved_by <> closed_by)",
        "(first_approved_by IS NOT NULL)",
        f"{QUEUE}::test_the_table_keeps_two_people_apart",
        needs_database=True,
    ),
    fault(
        "a dear order is approved by one",
        f"{REVIEW}/decide.py",
        'found.row["needs_two"] or _is_dear(found, two_people_minor)',
        'found.row["needs_two"]',
        "tests/integration/orders/test_review_http.py::test_a_dear_order_needs_two",
        needs_database=True,
    ),
    fault(
        "a decision about what was not seen",
        f"{REVIEW}/queue.py",
        '        if version is not None and version != self.row["version"]:\n',
        "        if version is not None and version < 0:\n",
        "tests/integration/orders/test_review_http.py::test_a_clerk_rejects",
        needs_database=True,
    ),
    fault(
        "the softest effect counts",
        f"{ENGINE}/review.py",
        "effect = max((each.effect for each in found)",
        "effect = min((each.effect for each in found)",
        f"{UNIT}::test_the_hardest_effect_counts_whatever_the_order",
    ),
    fault(
        "what cannot be judged passes",
        f"{REVIEW}/judging.py",
        "    effect=ReviewEffect.HOLD,\n    reasons=(\n",
        "    effect=ReviewEffect.PASS,\n    reasons=(\n",
        f"{RULES}::test_what_cannot_be_judged_is_left_to_people",
        needs_database=True,
    ),
    fault(
        "a rejected order keeps its money and its goods",
        f"{REVIEW}/outcome.py",
        '    return await begin_cancel(session, order["id"], actor=actor, reason=NOT_ACCEPTED)\n',
        '    return order["id"] if NOT_ACCEPTED == begin_cancel.__name__ else None\n',
        f"{QUEUE}::test_a_rejected_order_gives_everything_back",
        needs_database=True,
    ),
    fault(
        "an order goes to another city after its price was agreed",
        f"{REVIEW}/correct.py",
        "    if differ:\n",
        '    if differ == ["planet"]:\n',
        f"{QUEUE}::test_correcting_an_order_that_is_held",
        needs_database=True,
    ),
    fault(
        "rules that only label keep an order back",
        "app/repositories/orders/review_due.py",
        "bool_or(effect <> 'pass')",
        "bool_or(effect <> '')",
        f"{RULES}::test_rules_that_only_label_keep_nothing_back",
        needs_database=True,
    ),
    fault(
        "a rejected order that was paid leaves where rules only label by now",
        "app/repositories/orders/review_due.py",
        "is_holding = excluded.is_holding OR order_reviews.state = 'rejected',",
        "is_holding = excluded.is_holding,",
        f"{RULES}::test_a_rejected_order_that_was_paid_all_the_same_is_judged_again",
        needs_database=True,
    ),
    fault(
        "a rule that came before the judgement holds nothing",
        f"{REVIEW}/judging.py",
        '            await _hold(session, order["id"], review_id)\n',
        "            pass\n",
        f"{RULES}::test_a_rule_that_comes_before_the_judgement_holds_what_is_here",
        needs_database=True,
    ),
    fault(
        "what has left is held for its review",
        f"{REVIEW}/judging.py",
        '        if order["fulfilment_status"] != FulfilmentStatus.UNFULFILLED:\n',
        '        if order["fulfilment_status"] is None:\n',
        f"{RULES}::test_a_rule_that_comes_before_the_judgement_holds_what_is_here",
        needs_database=True,
    ),
)
