"""Guards of group orders and marketplaces removed: prices, held goods, deposits, turns, mending."""

from functools import partial

from tests.planted.fault import Fault, fault

GROUPS = "app/services/orders/group_orders"
ROWS = "app/repositories/orders/group_orders.py"
DEPOSITS = "app/services/payments/deposits.py"
TRANSFERS = f"{GROUPS}/transfers.py"
INTAKE = "app/services/orders/intake/mend.py"
TESTS = "tests/integration/orders"
ROW_TESTS = f"{TESTS}/test_group_rows.py"
MONEY = f"{TESTS}/test_group_transfers.py"
RACES = f"{TESTS}/test_group_order_races.py"
MENDING = f"{TESTS}/test_intake_mending.py"

_fault = partial(fault, needs_database=True)

GROUP_FAULTS: tuple[Fault, ...] = (
    _fault(
        "rows cost whatever they say",
        f"{GROUPS}/goods.py",
        "        if price_minor < least.get(sku, 0):\n",
        "        if price_minor < 0:\n",
        f"{ROW_TESTS}::test_a_row_may_name_its_own_price",
    ),
    _fault(
        "groups let rows go as low as they like",
        f"{GROUPS}/draft.py",
        "    if draft.rows_below_bps > most_below_bps:\n",
        "    if draft.rows_below_bps < 0:\n",
        f"{ROW_TESTS}::test_without_leave_rows_go_no_lower",
    ),
    _fault(
        "goods held for a group are promised to its orders besides",
        "app/repositories/inventory/earmarks.py",
        "SET freed = m.freed + p.quantity",
        "SET freed = m.freed",
        f"{ROW_TESTS}::test_goods_are_held_until_each_order_has_its_own",
    ),
    _fault(
        "orders pass over what is held for them",
        "app/services/cart/freight.py",
        "        earmark=cart.earmark,\n",
        "",
        f"{ROW_TESTS}::test_goods_are_held_until_each_order_has_its_own",
    ),
    _fault(
        "workers take the same held pieces",
        "app/repositories/inventory/earmarks.py",
        "WHERE m.open >= p.quantity)",
        "WHERE m.open >= 0)",
        f"{ROW_TESTS}::test_no_more_is_taken_over_than_is_held",
    ),
    _fault(
        "what is edited keeps its goods",
        f"{GROUPS}/draft.py",
        '    if before["is_held"]:\n',
        "    if before is None:\n",
        f"{ROW_TESTS}::test_goods_are_held_until_each_order_has_its_own",
    ),
    _fault(
        "what is given up keeps its goods",
        f"{GROUPS}/place.py",
        "    await release_held(session, await read_group(session, group_id))\n",
        "",
        f"{ROW_TESTS}::test_what_is_not_placed_is_let_go",
    ),
    _fault(
        "another sheet keeps the goods of the last",
        f"{GROUPS}/draft.py",
        "        await release_held(session, group)\n",
        "",
        f"{ROW_TESTS}::test_what_is_not_placed_is_let_go",
    ),
    _fault(
        "goods in a closed warehouse stay held beside others",
        "app/services/orders/take.py",
        "        await inventory.earmarks.let_go(session, taking.earmark, wanted, chosen=chosen)\n",
        "        del wanted\n",
        f"{ROW_TESTS}::test_where_what_is_held_will_not_do_others_come_in_its_place",
    ),
    _fault(
        "a group holds goods twice",
        f"{GROUPS}/hold.py",
        '    if group["held"]:\n',
        "    if group is None:\n",
        f"{ROW_TESTS}::test_goods_are_held_until_each_order_has_its_own",
    ),
    _fault(
        "a group lacks what it holds itself",
        ROWS,
        "      AND NOT (r.is_held AND d.held_until > now())\n",
        "",
        f"{ROW_TESTS}::test_goods_are_held_until_each_order_has_its_own",
    ),
    _fault(
        "a large group keeps small ones waiting",
        ROWS,
        "    ORDER BY r.turn, g.group_id LIMIT :limit\n",
        "    ORDER BY g.group_id, r.turn LIMIT :limit\n",
        f"{RACES}::test_groups_take_turns",
    ),
    _fault(
        "one bad row stops the queue",
        f"{GROUPS}/place.py",
        "            if _passes(error):\n",
        "            if error:\n",
        f"{RACES}::test_a_row_that_nobody_foresaw_fails_by_itself",
    ),
    _fault(
        "a deposit pays what it has not",
        DEPOSITS,
        "    if tender.amount_minor > most_minor:\n",
        "    if tender.amount_minor < 0:\n",
        f"{MONEY}::test_it_pays_whole_orders_and_the_rest_is_kept",
    ),
    _fault(
        "a deposit pays what waits no more",
        DEPOSITS,
        "    if plan.state is not PlanState.AWAITING or tender is None",
        "    if tender is None",
        f"{RACES}::test_workers_pay_each_order_once_from_a_deposit",
    ),
    _fault(
        "one person alone sees a transfer",
        TRANSFERS,
        "    actor.require_other_than(row.recorded_by)\n",
        "",
        f"{MONEY}::test_two_people_see_it",
    ),
    _fault(
        "a transfer is settled twice",
        TRANSFERS,
        "    if row.state != GroupTransferState.RECORDED:\n",
        "    if row is None:\n",
        f"{MONEY}::test_two_people_see_it",
    ),
    _fault(
        "more goes back than is left",
        TRANSFERS,
        '    if not is_received and row.amount_minor > group["deposit_minor"]:\n',
        "    if row is None:\n",
        f"{MONEY}::test_what_is_left_goes_back_and_no_more",
    ),
    _fault(
        "a bank's number counts for a group and for an order",
        "app/repositories/payments/collections.py",
        "WHERE reference = CAST(:reference AS varchar) AND state <> 'rejected')",
        "WHERE reference = CAST(:reference AS varchar) AND state = '')",
        f"{MONEY}::test_a_reference_counts_once",
    ),
    _fault(
        "a bank's number counts for an order and for a group",
        TRANSFERS,
        "    if await payments.deposits.is_known(session, command.reference):\n",
        "    if not command.reference:\n",
        f"{MONEY}::test_a_reference_counts_once",
    ),
    _fault(
        "a bank's number counts twice for who is fast enough",
        "app/repositories/payments/collections.py",
        "pg_advisory_xact_lock(hashtextextended('bank-number:' || :reference, 0))",
        "length(:reference)",
        f"{TESTS}/test_bank_number_races.py",
    ),
    _fault(
        "anything that was sent in is mended",
        INTAKE,
        '    if row["state"] != IntakeState.FAILED:\n',
        "    if row is None:\n",
        f"{MENDING}::test_only_what_failed_and_was_sent_is_mended",
    ),
    _fault(
        "what is mended nobody looked at",
        INTAKE,
        '    if row["version"] != version:\n',
        "    if row is None:\n",
        f"{MENDING}::test_only_what_failed_and_was_sent_is_mended",
    ),
    _fault(
        "other content is mended by what was wrong before",
        "app/repositories/orders/intake.py",
        "problem = NULL, mended = NULL,\n",
        "problem = NULL,\n",
        f"{MENDING}::test_what_is_sent_anew_is_without_it",
    ),
    _fault(
        "orders that were no cart convert carts",
        "app/repositories/reports/order_folds.py",
        'count("placed", " AND o.cart_id IS NOT NULL")',
        'count("placed")',
        "tests/integration/reports/test_order_statistics.py"
        "::test_what_was_no_cart_is_no_carts_conversion",
    ),
)
