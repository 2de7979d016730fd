"""Guards of what is routed, waits, is missing, or travels together removed."""

from tests.planted.fault import Fault, fault

TESTS = "tests/integration/orders"
REPOSITORIES = "app/repositories"
ORDERS = "app/services/orders"

ROUTING_FAULTS: tuple[Fault, ...] = (
    fault(
        "what came for those who wait is offered to shoppers",
        f"{REPOSITORIES}/inventory/stock.py",
        "THEN 0 ELSE {PROMISABLE} END AS available,",
        "THEN 0 ELSE {PROMISABLE} + s.waiting END AS available,",
        f"{TESTS}/test_backorder_crowds.py::test_what_came_for_others_is_not_even_offered",
        needs_database=True,
    ),
    fault(
        "what waits for goods leaves without them",
        f"{REPOSITORIES}/orders/shipping.py",
        "AND (h.kind <> 'backorder' OR h.reference = CAST(:fulfilment_id AS varchar))) AS holds",
        "AND h.kind <> 'backorder') AS holds",
        f"{TESTS}/test_backorders.py::test_what_is_there_leaves_and_the_rest_waits",
        needs_database=True,
    ),
    fault(
        "more is promised elsewhere than was promised here",
        f"{REPOSITORIES}/inventory/promises.py",
        "THEN coalesce(m.open, 0) >= -l.change\n",
        "THEN true\n",
        f"{TESTS}/test_reroute.py::test_a_promise_is_not_moved_twice",
        needs_database=True,
    ),
    fault(
        "two route an order at once",
        f"{REPOSITORIES}/orders/axes.py",
        "FROM orders WHERE id = :order_id{scope} FOR UPDATE\n",
        "FROM orders WHERE id = :order_id{scope}\n",
        f"{TESTS}/test_reroute.py::test_two_at_once_move_it_once_and_a_parcel_that_is_packed_stays",
        needs_database=True,
    ),
    fault(
        "a parcel joins one that travels with another itself",
        f"{ORDERS}/shipping/joined.py",
        "    require_alone(leader)\n",
        "",
        f"{TESTS}/test_joined.py",
        needs_database=True,
    ),
    fault(
        "who agreed to goods that are there has to wait",
        f"{ORDERS}/enter.py",
        "    if new.quote_hash is not None:\n",
        "    if new.quote_hash is not None and not quoted.quote:\n",
        f"{TESTS}/test_waiting.py::test_who_did_not_agree_to_wait_is_asked_again",
        needs_database=True,
    ),
    fault(
        "the last day is told of every minute",
        f"{REPOSITORIES}/orders/backorders.py",
        "b.told_at IS NULL AND b.last_at > now()",
        "b.last_at > now()",
        f"{TESTS}/test_waiting.py::test_the_last_day_is_told_of_once_before_and_once_after_it",
        needs_database=True,
    ),
    fault(
        "who has to wait leaves at once",
        f"{ORDERS}/routing/last_day.py",
        ' for row in bound if row["is_over"]}\n',
        " for row in bound}\n",
        f"{TESTS}/test_waiting.py"
        "::test_who_waited_long_enough_leaves_with_the_money_and_the_rest_stays",
        needs_database=True,
    ),
    fault(
        "promised pieces are written off under their promises",
        "app/services/inventory/shortages.py",
        '    taken = min(row["open"], stock.on_hand - stock.reserved)\n',
        '    taken = min(row["open"], stock.on_hand)\n',
        f"{TESTS}/test_shorts.py::test_who_was_to_be_served_last_is_sent_from_elsewhere",
        needs_database=True,
    ),
)
