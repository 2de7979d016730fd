"""Guards of serials, tills, counts by batch, kits held for groups and missing goods removed."""

from functools import partial

from tests.planted.fault import Fault, fault

INVENTORY = "app/services/inventory"
SERIALS = f"{INVENTORY}/serials.py"
FOLLOW = f"{INVENTORY}/follow_serials.py"
LEAVES = "app/services/orders/routing/leave.py"
TESTS = "tests/integration/inventory"
SCANS = f"{TESTS}/test_serials.py"
TRAVELS = f"{TESTS}/test_serial_transfers.py"
TILLS = f"{TESTS}/test_till_serials.py"
MISSING = "tests/integration/orders/test_short_kits.py"
GROUP_KITS = "tests/integration/orders/test_group_kits.py"

_fault = partial(fault, needs_database=True)

SHELF_FAULTS: tuple[Fault, ...] = (
    _fault(
        "a parcel leaves with serials nobody scanned",
        FOLLOW,
        "    _require_as_many({sku_id: (pieces[sku_id], scanned.count(sku_id))"
        " for sku_id in tracked})\n",
        "",
        f"{SCANS}::test_a_parcel_leaves_with_the_serials_that_were_scanned_for_it",
    ),
    _fault(
        "serials arrive that were never sent",
        FOLLOW,
        "        if strange := sorted(set(each.serials) - way.keys()):\n",
        "        if strange := sorted(set(each.serials) - set(each.serials)):\n",
        f"{TRAVELS}::test_who_receives_names_what_came_and_nothing_else",
    ),
    _fault(
        "what did not come is in stock again",
        FOLLOW,
        "SerialState.GONE if warehouse_id is None else SerialState.IN_STOCK",
        "SerialState.IN_STOCK",
        f"{TRAVELS}::test_what_did_not_come_is_gone_until_it_is_found",
    ),
    _fault(
        "a till sells pieces that lie in a parcel",
        FOLLOW,
        "        await require_free(repository, warehouse_id, serials)\n",
        "        pass\n",
        f"{TILLS}::test_each_piece_is_one_that_lies_there_free",
    ),
    _fault(
        "more serials than pieces lie there",
        SERIALS,
        "    if await repository.there(scan.sku_id, scan.warehouse_id) > pieces:\n",
        "    if await repository.there(scan.sku_id, scan.warehouse_id) > 9 + pieces:\n",
        f"{SCANS}::test_there_are_never_more_serials_than_pieces",
    ),
    _fault(
        "a serial is packed that is seen elsewhere meanwhile",
        "app/repositories/inventory/serials.py",
        "     ORDER BY s.sku_id, s.serial FOR UPDATE OF s\n",
        "     ORDER BY s.sku_id, s.serial\n",
        f"{SCANS}::test_a_piece_that_is_seen_elsewhere_meanwhile_is_not_packed",
    ),
    _fault(
        "serials of a transfer leave though they were scanned elsewhere",
        "app/repositories/inventory/serials.py",
        " ORDER BY sku_id, serial FOR UPDATE",
        " ORDER BY sku_id, serial",
        f"{TRAVELS}::test_what_is_scanned_elsewhere_meanwhile_does_not_leave",
    ),
    _fault(
        "what was short at a till comes back when it is undone",
        f"{INVENTORY}/pos_sales.py",
        'each["quantity"] - each["short"])',
        'each["quantity"])',
        f"{TESTS}/test_pos_sales.py::test_what_orders_were_promised_is_not_sold",
    ),
    _fault(
        "missing goods that are not paid for have a ticket",
        LEAVES,
        "    if pieces and await inventory.shortages.is_kept(\n"
        '        session, promised_to(part, order["id"]), pieces\n'
        "    ):\n",
        "    if pieces:\n",
        f"{MISSING}::test_only_what_is_paid_for_is_told",
    ),
    _fault(
        "the same shortage has a ticket every quarter of an hour",
        LEAVES,
        'cause=f"short:{part.id}:{shortage_id}")',
        "cause=None)",
        f"{MISSING}::test_kits_of_what_is_missing_leave_as_long_as_others_have_them",
    ),
    _fault(
        "orders of a group forget what their kits are",
        f"{INVENTORY}/earmarks.py",
        "        await KitPromiseRepository(session).hand_on(earmark, owner, kit_ids)\n",
        "        pass\n",
        f"{GROUP_KITS}::test_kits_are_held_as_their_pieces_and_taken_over_whole",
    ),
    _fault(
        "kits held for a group are let go as if they were goods",
        f"{INVENTORY}/earmarks.py",
        "explode(combine(wanted), await kits_of_owner(session, earmark))",
        "explode(combine(wanted), {})",
        f"{GROUP_KITS}::test_what_was_held_is_what_the_kit_was",
    ),
    _fault(
        "kits and their components are enough for a group each by itself",
        "app/services/orders/group_orders/goods.py",
        "list(need), channel_id, wanted=need)",
        "list(need), channel_id)",
        f"{GROUP_KITS}::test_all_rows_count_kits_together_with_what_they_hold",
    ),
)
