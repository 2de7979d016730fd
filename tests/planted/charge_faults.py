"""Guards of charges, and of changes that cost or bring money, removed."""

from functools import partial

from tests.planted.fault import Fault, fault

CHARGES = "app/services/orders/charges"
OWNER = "app/services/orders/charge_owner.py"
CHANGES = "app/services/orders/changes"
ROWS = "app/repositories/orders/charges.py"
TESTS = "tests/integration/orders"
ASKED = f"{TESTS}/test_charges.py"
GUARDS = f"{TESTS}/test_charge_guards.py"
MONEY = f"{TESTS}/test_charge_money.py"
RACES = f"{TESTS}/test_charge_races.py"
CHANGED = f"{TESTS}/test_change_money.py"
KNOWN = f"{GUARDS}::test_services_know_whose_it_is_whoever_asks_before"
RETURNS = f"{TESTS}/test_return_money_races.py"
CODES = f"{TESTS}/test_pickup_codes.py"
MATRIX = f"{ASKED}::test_every_state_and_action"

_fault = partial(fault, needs_database=True)

CHARGE_FAULTS: tuple[Fault, ...] = (
    _fault(
        "a charge moves while its order is not locked",
        OWNER,
        "        order = await AxesRepository(session).locked(order_id, member_id=member_id)\n",
        "        order = await repository.one(charge_id)\n",
        f"{RACES}::test_paying_against_running_out",
    ),
    _fault(
        "a charge is paid whatever became of it",
        f"{CHARGES}/pay.py",
        '    move_charge(ChargeState(charge["state"]), ChargeState.AWAITING)\n',
        "",
        MATRIX,
    ),
    _fault(
        "a charge is paid by hand",
        f"{CHARGES}/pay.py",
        "    if by_hand:\n",
        "    if by_hand is None:\n",
        f"{TESTS}/test_by_hand.py::test_what_is_asked_for_besides_is_not_paid_by_hand",
    ),
    _fault(
        "others pay a charge",
        f"{CHARGES}/pay.py",
        "    charge = await locked_charge(session, charge_id, member_id=actor.id)\n",
        "    charge = await locked_charge(session, charge_id)\n",
        KNOWN,
    ),
    _fault(
        "others decline a charge",
        f"{CHARGES}/close.py",
        "        charge = await locked_charge(session, charge_id, member_id=member_id)\n",
        "        charge = await locked_charge(session, charge_id)\n",
        KNOWN,
    ),
    _fault(
        "others read a charge",
        f"{CHARGES}/read.py",
        ' or member_id not in {None, charge["member_id"]}:\n',
        ":\n",
        KNOWN,
    ),
    _fault(
        "a charge is read under another order",
        f"{CHARGES}/read.py",
        '    is_there = charge is not None and charge["order_id"] == order_id\n',
        "    is_there = charge is not None\n",
        KNOWN,
    ),
    _fault(
        "a charge is given up under another order",
        f"{CHARGES}/close.py",
        '        if order_id not in {None, charge["order_id"]}:\n',
        "        if charge is None:\n",
        KNOWN,
    ),
    _fault(
        "a charge that is paid is declined",
        f"{CHARGES}/close.py",
        '            raise payments.AlreadyPaid("It is paid; refund it instead")\n',
        "            return None\n",
        MATRIX,
    ),
    _fault(
        "an order that fell is asked for more",
        f"{CHARGES}/ask.py",
        '    if OrderState(order["state"]) not in STANDING:\n',
        "    if order is None:\n",
        f"{ASKED}::test_whom_nothing_can_be_asked_of",
    ),
    _fault(
        "an order that is not paid is asked for more",
        f"{CHARGES}/ask.py",
        '    if PaymentStatus(order["payment_status"]) not in PAID:\n',
        "    if order is None:\n",
        f"{ASKED}::test_whom_nothing_can_be_asked_of",
    ),
    _fault(
        "anybody asks for any amount",
        f"{CHARGES}/ask.py",
        "    if most is not None and charge.amount_minor > most:\n",
        "    if most is None and charge.amount_minor < 0:\n",
        f"{MONEY}::test_more_is_asked_for_by_who_may",
    ),
    _fault(
        "an order that waits for money leaves",
        f"{CHARGES}/ask.py",
        "    await shipping.hold(session, held, actor=actor)\n",
        "    del held\n",
        f"{ASKED}::test_while_it_is_due_the_order_does_not_leave",
    ),
    _fault(
        "goodwill of a charge needs no second person",
        f"{CHARGES}/refund.py",
        "            waits=is_large or command.reason_code is RefundReason.GOODWILL,\n",
        "            waits=is_large,\n",
        f"{ASKED}::test_what_it_brought_goes_back",
    ),
    _fault(
        "much of a charge goes back without a second person",
        f"{CHARGES}/refund.py",
        "            waits=is_large or command.reason_code is RefundReason.GOODWILL,\n",
        "            waits=command.reason_code is RefundReason.GOODWILL,\n",
        ASKED,
        MONEY,
        GUARDS,
    ),
    _fault(
        "a charge goes back twice under one number",
        f"{CHARGES}/refund.py",
        "    if known is not None:\n        return known\n",
        "",
        f"{ASKED}::test_what_it_brought_goes_back",
    ),
    _fault(
        "a charge that is not paid goes back",
        f"{CHARGES}/refund.py",
        "    found.require_refundable()\n",
        "",
        MATRIX,
    ),
    _fault(
        "a charge that a bank asks for goes back besides",
        f"{CHARGES}/close.py",
        "    waits = more > 0 and found.is_disputed\n",
        "    waits = False\n",
        f"{TESTS}/test_charges_owed_back.py::test_of_an_order_that_fell",
    ),
    _fault(
        "a charge goes back while its bank decides",
        ROWS,
        "WHERE d.plan_id = p.id AND d.state = 'open')",
        "WHERE d.plan_id = p.id AND d.state = '')",
        f"{TESTS}/test_charges_owed_back.py::test_of_an_order_that_fell",
    ),
    _fault(
        "a charge that is paid runs out",
        ROWS,
        "WHERE state IN ('due', 'awaiting') AND expires_at <= now()",
        "WHERE state <> 'closed' AND expires_at <= now()",
        GUARDS,
    ),
    _fault(
        "added goods cost what they cost now",
        f"{CHARGES}/added.py",
        '    if placed.payable_minor != charge["amount_minor"]:\n',
        "    if placed is None:\n",
        CHANGED,
        GUARDS,
    ),
    _fault(
        "goods that were added and paid are declined",
        f"{CHARGES}/added.py",
        '        raise payments.AlreadyPaid("It is paid; cancel what was added instead")\n',
        "        return None\n",
        CHANGED,
        GUARDS,
    ),
    _fault(
        "goods that were added stay when their order falls",
        f"{CHARGES}/close.py",
        '            await cancel_added(session, each["added_order_id"], FALLEN)\n',
        "            continue\n",
        CHANGED,
        RACES,
    ),
    _fault(
        "a change is made again when its payment is told again",
        f"{CHANGES}/follow.py",
        '    if charge["settled_at"] is not None or charge["state"] != ChargeState.PAID:\n',
        '    if charge["state"] != ChargeState.PAID:\n',
        CHANGED,
        ASKED,
    ),
    _fault(
        "an order that fell keeps what a change brought",
        f"{CHANGES}/follow.py",
        "        await _undo(session, charge, FALLEN)\n",
        "        pass\n",
        f"{ASKED}::test_with_the_order_its_charges_fall",
    ),
    _fault(
        "money for a time that is taken is kept",
        f"{CHANGES}/follow.py",
        "            await _undo(session, charge, GONE)\n",
        "            pass\n",
        f"{CHANGED}::test_another_time_is_another_place",
    ),
    _fault(
        "two matters of money in one change",
        f"{CHANGES}/money.py",
        "moves or is_fee]) > 1:\n",
        "moves or is_fee]) > 9:\n",
        f"{CHANGED}::test_one_matter_of_money_at_a_time",
    ),
    _fault(
        "a price of another order's line",
        f"{CHANGES}/money.py",
        "    if row is None:\n        raise InvalidReference",
        "    row = row or found.rows[0]\n    if row is None:\n        raise InvalidReference",
        CHANGED,
    ),
    _fault(
        "freight that a promotion paid goes back",
        f"{CHANGES}/money.py",
        "        back = min(back, there)  # what promotions paid of it is nobody's to get\n",
        "        back = max(back, there)\n",
        CHANGED,
    ),
    _fault(
        "freight that was charged and went back counts as paid",
        f"{CHANGES}/money.py",
        '    left: int = charge["amount_minor"] - charge["refunded_minor"]\n',
        '    left: int = charge["amount_minor"]\n',
        CHANGED,
    ),
    _fault(
        "freight that nobody paid counts as paid",
        f"{CHANGES}/money.py",
        ' and charge["state"] == ChargeState.PAID\n',
        "\n",
        CHANGED,
    ),
    _fault(
        "pieces that came back are paid for at another price",
        f"{CHANGES}/money.py",
        "    spans = [each for each in payments.not_returned(found) if each.line_id == line_id]\n",
        "    spans = [each.span for each in found.rows if each.span.line_id == line_id]\n",
        CHANGED,
    ),
    _fault(
        "a fee and postage of a return do not wait for each other",
        "app/services/orders/after_sales/follow.py",
        "await AxesRepository(session).locked(order_id)\n",
        "await repository.one(return_id)\n",
        RETURNS,
    ),
    _fault(
        "postage is given again and again",
        "app/services/orders/after_sales/postage.py",
        '    return bool(row["postage_given_minor"] or row["postage_kept_minor"])\n',
        "    return False\n",
        f"{RETURNS}::test_postage_is_given_once",
        f"{TESTS}/test_return_postage.py",
    ),
    _fault(
        "a code is renewed while it is said",
        "app/services/orders/carriers/pickup.py",
        '        await AxesRepository(session).locked(shipment["order_id"])\n',
        "",
        f"{CODES}::test_a_code_that_is_renewed_while_it_is_said_fetches_nothing",
    ),
    _fault(
        "two workers tell one code",
        "app/repositories/orders/pickup_codes.py",
        "        ORDER BY p.id LIMIT {limit} FOR UPDATE SKIP LOCKED),",
        "        ORDER BY p.id LIMIT {limit}),",
        f"{CODES}::test_a_code_that_somebody_tells_is_told_by_nobody_else",
    ),
)
