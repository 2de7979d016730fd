"""Guards of documents that move stock removed, and of orders of another system."""

from tests.planted.fault import Fault, fault

INVENTORY = "app/services/inventory"
COUNTS = "tests/integration/inventory/test_stocktakes.py"
CORRECTIONS = "tests/integration/inventory/test_adjustments.py"
TRANSFERS = "tests/integration/inventory/test_transfers.py"
HISTORY = "tests/integration/orders/test_history.py"

STOCK_FAULTS: tuple[Fault, ...] = (
    fault(
        "who counted approves the count",
        f"{INVENTORY}/stocktakes.py",
        "    actor.require_other_than(row.submitted_by, *await"
        " StocktakeRepository(session).counters(row.id))\n",
        "    actor.require_other_than(row.submitted_by)\n",
        f"{COUNTS}::test_who_counted_cannot_approve_what_another_submitted",
        needs_database=True,
    ),
    fault(
        "large differences are on stock at once",
        f"{INVENTORY}/engine/documents.py",
        "    return pieces > units or any(value > value_minor for value in values.values())\n",
        "    return any(value > value_minor for value in values.values())\n",
        "tests/unit/inventory/test_documents.py",
    ),
    fault(
        "what is missing and what is too much cancel out",
        f"{INVENTORY}/engine/documents.py",
        "        pieces += abs(each.quantity)\n",
        "        pieces += each.quantity\n",
        "tests/unit/inventory/test_documents.py",
    ),
    fault(
        "a count is submitted with holes",
        f"{INVENTORY}/stocktakes.py",
        '    if (uncounted and not leaves_uncounted) or not summary["counted"]:\n',
        '    if not summary["counted"]:\n',
        COUNTS,
        needs_database=True,
    ),
    fault(
        "who asked approves a correction",
        f"{INVENTORY}/adjustments.py",
        "    actor.require_other_than(row.asked_by)\n",
        "",
        f"{CORRECTIONS}::test_large_ones_wait_for_somebody_else",
        needs_database=True,
    ),
    fault(
        "a correction is posted twice",
        f"{INVENTORY}/engine/documents.py",
        "    _A.POSTED: {},\n    _A.REJECTED: {},\n",
        "    _A.POSTED: {AdjustmentAction.APPROVE: _A.POSTED},\n    _A.REJECTED: {},\n",
        f"{CORRECTIONS}::test_every_state_answers_every_action",
        needs_database=True,
    ),
    fault(
        "who sent writes off what did not come",
        f"{INVENTORY}/transfers.py",
        "    actor.require_other_than(row.shipped_by, *await transfers.receivers(row.id))\n",
        "",
        f"{TRANSFERS}::test_a_difference_is_written_off_by_a_third_person",
        needs_database=True,
    ),
    fault(
        "more goes to another warehouse than was asked for",
        f"{INVENTORY}/transfers.py",
        "if n > asked.get(sku_id, 0)]:\n",
        "if n > 9 * asked.get(sku_id, 0)]:\n",
        f"{TRANSFERS}::test_strange_goods_are_refused",
        needs_database=True,
    ),
    fault(
        "damaged pieces of a transfer are sold",
        f"{INVENTORY}/transfers.py",
        "(StockGrade.DAMAGED, came.damaged))\n",
        "(StockGrade.SELLABLE, came.damaged))\n",
        f"{TRANSFERS}::test_s14_goods_are_in_transit_and_arrive_in_parts",
        needs_database=True,
    ),
    fault(
        "an order of the past is brought in twice",
        "app/services/orders/history/land.py",
        "for each in orders if each.ref not in known}\n",
        "for each in orders}\n",
        f"{HISTORY}::test_it_is_brought_in_once",
        needs_database=True,
    ),
    fault(
        "an order of last week comes in as history",
        "app/services/orders/engine/past.py",
        "    if order.placed_at > at - NEWS or order.ended_at > at:\n",
        "    if order.ended_at > at:\n",
        f"{HISTORY}::test_m48_what_is_odd_is_refused_and_the_rest_comes_in",
        needs_database=True,
    ),
    fault(
        "cents of a past line are lost",
        "app/services/orders/engine/past.py",
        "net + (first >= dear), tax",
        "net, tax",
        "tests/property/test_past_orders.py",
    ),
    fault(
        "goods of the past leave today's stock",
        f"{INVENTORY}/history.py",
        "        moved[each.sku_id, each.warehouse_id] += each.quantity\n",
        "        moved[each.sku_id, each.warehouse_id] = each.quantity\n",
        f"{HISTORY}::test_lists_counts_and_statistics_know_it",
        needs_database=True,
    ),
)
