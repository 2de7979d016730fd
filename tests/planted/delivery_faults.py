"""Guards of labels, tracking, pickup codes, invitations and invoices of merchants removed."""

from tests.planted.fault import Fault, fault

CARRIERS = "app/services/orders/carriers"
ROWS = "app/repositories/orders"
LABELS = "tests/integration/orders/test_label_guards.py"
FOLLOWING = "tests/integration/orders/test_following_guards.py"
CARE = "tests/integration/orders/test_parcel_care.py"
CODES = "tests/integration/orders/test_pickup_codes.py"
INVITED = "tests/integration/orders/test_review_invitations.py"
FREIGHT = "tests/integration/orders/test_merchant_shipping.py"
SELLERS = "tests/integration/finance/test_invoices_by_seller.py"

DELIVERY_FAULTS: tuple[Fault, ...] = (
    fault(
        "a carrier's answer for another request is believed",
        f"{CARRIERS}/labels.py",
        '    if answer.request_number != label["request_number"]:\n',
        "    if not answer.request_number:\n",
        f"{LABELS}::test_an_answer_for_another_request_is_none",
        needs_database=True,
    ),
    fault(
        "two parcels get one number",
        f"{CARRIERS}/labels.py",
        "    if not is_void and await ShippingRepository(session).is_taken(\n",
        "    if is_void and await ShippingRepository(session).is_taken(\n",
        f"{LABELS}::test_a_number_of_another_parcel_is_left_to_people",
        needs_database=True,
    ),
    fault(
        "a late refusal unmakes a label",
        f"{CARRIERS}/labels.py",
        '    if state in LABEL[LabelState(label["state"])]:\n        await Label',
        "    if label is not None:\n        await Label",
        f"{LABELS}::test_what_was_found_out_meanwhile_stays",
        needs_database=True,
    ),
    fault(
        "a label is answered while its parcel is changed",
        f"{CARRIERS}/labels.py",
        '    await AxesRepository(session).locked(parcel["order_id"])\n    return await _read',
        "    return await _read",
        f"{LABELS}::test_an_answer_waits_for_whoever_changes_its_parcel",
        needs_database=True,
    ),
    fault(
        "what travels in another parcel gets a label",
        f"{CARRIERS}/labels.py",
        "    shipping.require_alone(parcel)\n",
        "",
        f"{LABELS}::test_what_travels_in_another_parcel_gets_no_label",
        needs_database=True,
    ),
    fault(
        "two workers ask about one parcel",
        f"{ROWS}/watches.py",
        "ORDER BY x.next_try_at LIMIT {limit} FOR UPDATE SKIP LOCKED) due",
        "ORDER BY x.next_try_at LIMIT {limit}) due",
        f"{FOLLOWING}::test_what_another_worker_asks_about_is_left_to_it",
        needs_database=True,
    ),
    fault(
        "a push moves the parcel that had its number before",
        f"{ROWS}/watches.py",
        " AND s.state <> 'void'\n      AND coalesce",
        "\n      AND coalesce",
        f"{FOLLOWING}::test_a_number_that_was_unpacked_names_the_parcel_that_has_it_now",
        needs_database=True,
    ),
    fault(
        "a parcel heard of meanwhile is told of as silent",
        f"{CARRIERS}/troubles.py",
        '            parcel = await repository.still_silent(row["id"], silence)\n',
        '            parcel = await shipment_of(session, row["id"])\n',
        f"{CARE}::test_a_parcel_heard_of_meanwhile_is_not_told_of",
        needs_database=True,
    ),
    fault(
        "a late refusal unmakes an interception",
        f"{ROWS}/parcel_care.py",
        "    WHERE id = :id AND state = 'asked'\n",
        "    WHERE id = :id\n",
        f"{CARE}::test_two_clerks_turn_a_parcel_back_under_one_number",
        needs_database=True,
    ),
    fault(
        "a code hands a parcel out twice at once",
        f"{CARRIERS}/pickup.py",
        '        await AxesRepository(session).locked(shipment["order_id"])\n',
        "",
        f"{CODES}::test_a_code_that_is_said_twice_at_once_hands_out_once",
        needs_database=True,
    ),
    fault(
        "two workers ask for one review",
        "app/services/orders/shipping/invite.py",
        "    if order is None or not await repository.is_reviewable(order_id):\n",
        "    if order is None:\n",
        f"{INVITED}::test_two_machines_ask_once",
        needs_database=True,
    ),
    fault(
        "a review is asked for while goods come back",
        f"{ROWS}/arrival.py",
        '      AND o.return_status <> \'requested\'\n"""\n_REVIEWABLE',
        '"""\n_REVIEWABLE',
        f"{INVITED}::test_while_a_return_is_open_it_waits",
        needs_database=True,
    ),
    fault(
        "a merchant reads an invoice of another",
        "app/services/finance/invoice_standing.py",
        '    if row is None or merchant_id not in {None, row["merchant_id"]}:\n',
        "    if row is None or merchant_id == row:\n",
        f"{SELLERS}::test_d27_a_merchants_system_reads_the_invoices_of_what_it_sells",
        needs_database=True,
    ),
    fault(
        "who saw to one silence saw to the next",
        f"{CARRIERS}/troubles.py",
        '    if found is not None and found["resolved_at"] is None:\n',
        "    if found is not None:\n",
        f"{CARE}::test_a_parcel_nothing_is_heard_of_is_told_of_once_a_silence",
        needs_database=True,
    ),
    fault(
        "a merchant edits another's freight",
        "app/services/delivery/desk.py",
        "        if row is None or actor.merchant_id not in {None, row.merchant_id}:",
        "        if row is None:",
        f"{FREIGHT}::test_each_merchant_keeps_its_freight_and_the_split_tells_it",
        needs_database=True,
    ),
    fault(
        "an order that fell keeps its slot",
        "app/services/orders/payment_owner.py",
        "    await delivery.release_slot(session, order_id)\n",
        "",
        "tests/integration/orders/test_delivery.py::test_a_slot_is_taken_by_an_order_and_given_back",
        needs_database=True,
    ),
    fault(
        "a code that was replaced is told",
        f"{ROWS}/pickup_codes.py",
        "        WHERE p.told_at IS NULL AND p.replaced_at IS NULL AND p.used_at IS NULL\n",
        "        WHERE p.told_at IS NULL\n",
        f"{CODES}::test_a_code_that_was_replaced_before_it_was_told_is_told_to_nobody",
        needs_database=True,
    ),
)
