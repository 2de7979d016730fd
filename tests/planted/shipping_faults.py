"""Guards of parcels, regrouping, receipt, labels and pickup codes removed."""

from tests.planted.fault import Edit, Fault, fault

SHIPPING = "app/services/orders/shipping"
CARRIERS = "app/services/orders/carriers"
PARCELS = "tests/integration/orders/test_shipping.py"
RACES = "tests/integration/orders/test_shipping_races.py"
REGROUP = "tests/integration/orders/test_regrouping.py"
LABELS = "tests/integration/orders/test_labels.py"
CODES = "tests/integration/orders/test_pickup_codes.py"
TABLE = "tests/unit/orders/test_parcels.py"

SHIPPING_FAULTS: tuple[Fault, ...] = (
    fault(
        "an order that is not paid leaves",
        f"{SHIPPING}/pack.py",
        '    if not is_paid and not found["pays_at_the_door"]:\n',
        '    if not is_paid and not found["pays_at_the_door"] and not found:\n',
        f"{PARCELS}::test_what_is_held_or_not_paid_stays",
        needs_database=True,
    ),
    fault(
        "what is held leaves",
        f"{SHIPPING}/pack.py",
        '    holds = found["holds"] + await _unstated(session, order["id"])\n',
        '    holds = await _unstated(session, order["id"])\n',
        f"{PARCELS}::test_what_is_held_or_not_paid_stays",
        needs_database=True,
    ),
    fault(
        "goods leave whose payment a gateway does not state",
        f"{SHIPPING}/pack.py",
        '    holds = found["holds"] + await _unstated(session, order["id"])\n',
        '    holds = found["holds"]\n',
        f"{PARCELS}::test_goods_stay_whose_payment_a_gateway_does_not_state",
        needs_database=True,
    ),
    fault(
        "a cancelled order leaves",
        f"{SHIPPING}/pack.py",
        '    if order["state"] not in stands:\n        raise IllegalTransition(\n'
        '            "The order does not stand"',
        "    if not stands:\n        raise IllegalTransition(\n"
        '            "The order does not stand"',
        f"{RACES}::test_s6_cancelling_and_shipping_at_once",
        f"{PARCELS}::test_what_is_held_or_not_paid_stays",
        needs_database=True,
    ),
    fault(
        "a parcel holds more than is open",
        "app/services/orders/engine/shipping.py",
        "        return self.quantity - self.cancelled - self.packed\n",
        "        return self.quantity - self.packed\n",
        TABLE,
    ),
    fault(
        "a parcel leaves twice",
        f"{SHIPPING}/send.py",
        '    if ShipmentState(before["state"]) is ShipmentState.SHIPPED:\n'
        "        return before\n    require_alone(before)\n",
        "    require_alone(before)\n",
        f"{RACES}::test_s7_a_parcel_is_handed_over_once",
        f"{PARCELS}::test_a_packed_parcel_leaves_once_or_is_unpacked",
        needs_database=True,
    ),
    fault(
        "what was refunded before it left is sent",
        f"{SHIPPING}/shrink.py",
        "            await ShippingRepository(session).cancel(part.id, mine)\n",
        "            await ShippingRepository(session).cancel(part.id, {})\n",
        f"{PARCELS}::test_units_refunded_before_they_leave_stay",
        needs_database=True,
    ),
    fault(
        "what is not sent any more stays promised",
        f"{SHIPPING}/shrink.py",
        "        if freed:\n",
        "        if False:\n",
        f"{PARCELS}::test_units_refunded_before_they_leave_stay",
        needs_database=True,
    ),
    fault(
        "tracking goes back",
        f"{SHIPPING}/track.py",
        "    if is_new and moves and target is not None and not _is_old(before, at):\n",
        "    if is_new and target is not None:\n",
        f"{PARCELS}::test_tracking_moves_forward_whatever_order_it_comes_in",
        needs_database=True,
    ),
    fault(
        "a late word of a carrier counts as the last",
        f"{SHIPPING}/track.py",
        "target is not None and not _is_old(before, at):",
        "target is not None:",
        f"{PARCELS}::test_tracking_moves_forward_whatever_order_it_comes_in",
        needs_database=True,
    ),
    fault(
        "damaged goods that came back are sold",
        f"{SHIPPING}/track.py",
        "StockGrade.SELLABLE if is_resellable else StockGrade.DAMAGED",
        "StockGrade.SELLABLE",
        f"{PARCELS}::test_a_parcel_that_comes_back_is_on_stock_if_it_can_be_sold",
        needs_database=True,
    ),
    fault(
        "a parcel that is lost counts as received",
        f"{SHIPPING}/arrive.py",
        "    if odd:\n",
        "    if not parts:\n",
        f"{PARCELS}::test_what_never_arrived_is_received_by_nobody",
        needs_database=True,
    ),
    Fault(
        "an order is completed while something comes back",
        (
            Edit(
                f"{SHIPPING}/arrive.py",
                "    if not is_over or is_asked or",
                "    if not is_over or (is_asked and not is_over) or",
            ),
            Edit(
                "app/repositories/orders/arrival.py",
                "      AND o.return_status <> 'requested' AND o.payment_status <> 'awaiting'\n",
                "      AND o.payment_status <> 'awaiting'\n",
            ),
        ),
        ("tests/integration/orders/test_completion.py",),
        needs_database=True,
    ),
    fault(
        "two orders have one number of a carrier",
        f"{SHIPPING}/pack.py",
        "    if number is not None and await ShippingRepository(session).is_taken(\n"
        "        shipment_id, waybill.carrier_code, number\n    ):\n",
        "    if number is not None and not number:\n",
        f"{PARCELS}::test_a_number_of_a_carrier_names_one_parcel",
        needs_database=True,
    ),
    fault(
        "a merchant's carrier carries for others",
        f"{SHIPPING}/pack.py",
        "found.merchant_id in {None, merchant_id}",
        "found.code == waybill.carrier_code",
        "tests/integration/orders/test_carriers.py::test_a_merchants_own_carrier_is_nobody_elses",
        needs_database=True,
    ),
    fault(
        "goods moved to another warehouse stay promised here",
        f"{SHIPPING}/regroup.py",
        "        await _promise_there(session, order, part, pieces, there)\n",
        "        await follow(session, order, 'split', actor=actor, is_public=False)\n",
        f"{REGROUP}::test_goods_are_sent_from_another_warehouse",
        needs_database=True,
    ),
    fault(
        "an order is sent from a warehouse of somebody else",
        f"{SHIPPING}/regroup.py",
        ' or found["merchant_id"] != part.row["merchant_id"]:\n',
        ":\n",
        REGROUP,
        needs_database=True,
    ),
    fault(
        "parts of two warehouses are put together",
        f"{SHIPPING}/regroup.py",
        "not (is_one_place and is_of_one) or into.status not in waits:\n",
        "not is_of_one or into.status not in waits:\n",
        f"{REGROUP}::test_goods_are_sent_from_another_warehouse",
        f"{REGROUP}::test_what_is_not_there_stays",
        needs_database=True,
    ),
    fault(
        "a parcel that left gets a label",
        f"{CARRIERS}/labels.py",
        '    if parcel["state"] != ShipmentState.PREPARED and not is_made:\n',
        '    if parcel["state"] == ShipmentState.VOID and not is_made:\n',
        f"{LABELS}::test_what_left_without_a_label_gets_none",
        needs_database=True,
    ),
    fault(
        "any code fetches a parcel",
        f"{CARRIERS}/pickup.py",
        "is_right=is_right\n",
        "is_right=is_right or True\n",
        f"{CODES}::test_a_code_fetches_a_parcel_and_is_kept_as_a_digest",
        f"{CODES}::test_codes_are_not_guessed_nor_renewed_without_end",
        needs_database=True,
    ),
    fault(
        "codes of parcels can be guessed",
        f"{CARRIERS}/pickup.py",
        '        key = f"pickup:{shipment_id}"\n',
        '        key = f"pickup:{shipment_id}:{code}"\n',
        f"{CODES}::test_codes_are_not_guessed_nor_renewed_without_end",
        needs_database=True,
    ),
    fault(
        "a code fetches a parcel for ever",
        "app/services/orders/engine/parcel_care.py",
        "    if code is PickupCodeState.EXPIRED:\n",
        "    if code is PickupCodeState.NONE:\n",
        "tests/unit/orders/test_parcel_care.py",
    ),
)
