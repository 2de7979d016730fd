"""Guards of returns, changes, tickets and delivery removed."""

from tests.planted.fault import Fault, fault

AFTER_SALES = "app/services/orders/after_sales"
CHANGES = "app/services/orders/changes"
RETURNS = "tests/integration/orders/test_after_sales.py"
RACES = "tests/integration/orders/test_after_sales_races.py"
TABLE = "tests/unit/orders/test_after_sales.py"
TICKETS = "tests/integration/orders/test_tickets.py"
DELIVERY = "tests/integration/orders/test_delivery.py"

AFTER_SALES_FAULTS: tuple[Fault, ...] = (
    fault(
        "one piece is asked back twice",
        "app/services/orders/engine/after_sales.py",
        "        return max(0, self.shipped - away - self.asked)\n",
        "        return max(0, self.shipped - away)\n",
        TABLE,
        f"{RETURNS}::test_s8_the_same_piece_is_asked_back_once",
        needs_database=True,
    ),
    fault(
        "two requests share a piece",
        f"{AFTER_SALES}/ask.py",
        "    order = await AxesRepository(session).locked(\n"
        "        command.order_id, member_id=actor.id if is_shopper else None\n    )\n"
        "    if order is None:\n"
        '        raise NotFound("No such order")\n'
        "    _, chosen, lines = await _looked_at(session, command, actor, limits)\n",
        "    _, chosen, lines = await _looked_at(session, command, actor, limits)\n"
        "    order = await AxesRepository(session).locked(\n"
        "        command.order_id, member_id=actor.id if is_shopper else None\n    )\n"
        "    if order is None:\n"
        '        raise NotFound("No such order")\n',
        f"{RACES}::test_s8_two_pieces_are_asked_back_twice",
        needs_database=True,
    ),
    fault(
        "goods of others are asked back",
        f"{AFTER_SALES}/follow.py",
        '    return bool(row["member_id"] == actor.id)\n',
        '    return bool(row["member_id"])\n',
        "tests/integration/orders/test_return_matrix.py::test_another_shopper_knows_nothing_of_it",
        needs_database=True,
    ),
    fault(
        "two clerks work on one return",
        f"{AFTER_SALES}/follow.py",
        '    if is_staff and row["claimed_by"] is not None and not actor.is_any_of',
        "    if is_staff and row[\"claimed_by\"] == '' and not actor.is_any_of",
        f"{RETURNS}::test_two_clerks_and_a_stranger",
        needs_database=True,
    ),
    fault(
        "a decision about a return that was not seen",
        f"{AFTER_SALES}/follow.py",
        '    if version is not None and row["version"] != version:\n',
        "    if version is not None and version < 0:\n",
        RETURNS,
        RACES,
        "tests/integration/orders/test_after_sales_http.py",
        needs_database=True,
    ),
    fault(
        "damaged goods of a return are sold",
        f"{AFTER_SALES}/grading.py",
        'inventory.Move(sku_id, after["warehouse_id"], n, grade=grade)',
        'inventory.Move(sku_id, after["warehouse_id"], n)',
        f"{RETURNS}::test_goods_come_back_and_money_goes_back",
        needs_database=True,
    ),
    fault(
        "goods that were refused are on stock",
        f"{AFTER_SALES}/grading.py",
        "            found[sku_id, grade] += line[name] - was[name]\n",
        '            found[sku_id, grade] += line["quantity"] - was[name]\n',
        f"{RETURNS}::test_goods_come_back_and_money_goes_back",
        f"{RETURNS}::test_goods_that_are_refused_and_the_last_word",
        needs_database=True,
    ),
    fault(
        "what was denied is contested again",
        f"{AFTER_SALES}/decide.py",
        "    target = ReturnState.DENIED if is_final else ReturnState.REJECTED\n",
        "    target = ReturnState.REJECTED if is_final else ReturnState.REJECTED\n",
        f"{RETURNS}::test_the_platform_may_deny",
        needs_database=True,
    ),
    fault(
        "a merchant decides what the platform was asked",
        f"{AFTER_SALES}/decide.py",
        '    if actor.merchant_id is not None and row["state"] == ReturnState.ESCALATED:\n',
        '    if actor.merchant_id is not None and row["state"] == ReturnState.DENIED:\n',
        RETURNS,
        "tests/integration/orders/test_after_sales_http.py",
        needs_database=True,
    ),
    fault(
        "a return that nobody sent waits for ever",
        f"{AFTER_SALES}/goods.py",
        'row["state"] == ReturnState.AWAITING_GOODS and row["due_at"] <= order["at"]:\n',
        'row["state"] == ReturnState.CLOSED and row["due_at"] <= order["at"]:\n',
        f"{RETURNS}::test_goods_that_are_never_sent",
        needs_database=True,
    ),
    fault(
        "a change of an order nobody saw like that",
        f"{CHANGES}/apply.py",
        '    if facts["version"] != version:\n',
        "    if version < 0:\n",
        "tests/integration/orders/test_changes.py",
        "tests/integration/orders/test_change_races.py",
        needs_database=True,
    ),
    fault(
        "a gift that is packed comes along",
        f"{CHANGES}/apply.py",
        "    require_open(found.open_pieces, pieces_of(refund))\n",
        "",
        "tests/integration/orders/test_taking_off.py::test_a_gift_that_is_packed_does_not_come_along",
        needs_database=True,
    ),
    fault(
        "a ticket that is closed is answered",
        "app/services/orders/engine/tickets.py",
        "{_O: _O, _P: _P, _W: _P, _R: _P}\n",
        "{_O: _O, _P: _P, _W: _P, _R: _P, _C: _P}\n",
        f"{TICKETS}::test_an_answer_of_the_shopper_in_every_state",
        needs_database=True,
    ),
    fault(
        "more orders than places in a slot",
        "app/repositories/delivery/slots.py",
        "is_active AND taken < capacity AND now() < orders_until\n    RETURNING id)\nINSERT",
        "is_active AND now() < orders_until\n    RETURNING id)\nINSERT",
        "tests/integration/orders/test_slot_races.py::test_the_last_places_go_once",
        needs_database=True,
    ),
    fault(
        "a place in a slot is given back twice",
        "app/repositories/delivery/slots.py",
        "     WHERE order_id = :order_id AND released_at IS NULL\n",
        "     WHERE order_id = :order_id\n",
        f"{DELIVERY}::test_a_slot_is_taken_by_an_order_and_given_back",
        needs_database=True,
    ),
    fault(
        "what is not served is sold",
        "app/services/orders/place.py",
        "    delivery.require_allowed(judged)\n",
        "",
        f"{DELIVERY}::test_what_is_not_served_is_told_and_not_sold",
        needs_database=True,
    ),
)
