"""Guards of charges, of fees and postage of returns, and of pickup codes removed."""

from functools import partial

from tests.planted.fault import Fault, fault

CHARGES = "app/services/orders/charges"
OWNER = "app/services/orders/charge_owner.py"
ROWS = "app/repositories/orders/charges.py"
TESTS = "tests/integration/orders"
ASKED = f"{TESTS}/test_charges.py"
GUARDS = f"{TESTS}/test_charge_guards.py"
MONEY = f"{TESTS}/test_charge_money.py"
RACES = f"{TESTS}/test_charge_races.py"
KNOWN = f"{GUARDS}::test_services_know_whose_it_is_whoever_asks_before"
RETURNS = f"{TESTS}/test_return_money_races.py"
MATTERS = "app/services/orders/changes/money.py"
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
        f"{MONEY}::test_much_of_one_goes_back_when_two_agree",
    ),
    _fault(
        "a charge goes back twice under one number",
        f"{CHARGES}/refund.py",
        "    if known is not None:\n        return known\n",
        "",
        f"{ASKED}::test_what_it_brought_goes_back",
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
    _fault(
        "a price that was raised is asked for again",
        MATTERS,
        "    before, after = found.left.left_of(spans) + _sum(charged), unit * quantity\n",
        "    before, after = found.left.left_of(spans), unit * quantity\n",
        f"{TESTS}/test_change_prices.py::test_a_price_that_is_raised_twice_is_asked_for_once",
    ),
    _fault(
        "freight that was charged stays when it is not needed",
        MATTERS,
        '    charged = await charged_freight(session, facts["id"])\n',
        "    charged = ()\n",
        f"{TESTS}/test_change_money.py::"
        "test_a_way_that_promotions_paid_costs_no_more_there_and_back_again",
    ),
    _fault(
        "added goods cost what they cost now",
        f"{CHARGES}/added.py",
        """AgreedPrice(
                        each["unit_price_minor"], each["why"], each["source"], may_undercut=True
                    ),""",
        "None,",
        f"{TESTS}/test_change_money.py::test_goods_are_added_as_an_order_of_their_own",
    ),
)
