"""Faults on the path of money: what must never happen to a payment, a refund or a journal."""

from tests.planted.fault import Edit, Fault, fault

PAYMENTS = "app/services/payments"
JOURNALS = "app/repositories/ledger/journals.py"
ATTEMPTS = "app/repositories/payments/attempts.py"
LATE = "tests/integration/payments/test_late_money.py"
TROUBLE = "tests/integration/payments/test_gateway_trouble.py"
TOTALS = "{unit: total for unit, total in totals(self.entries).items() if total}"

MONEY_FAULTS: tuple[Fault, ...] = (
    fault(
        "captured without comparing the amount",
        f"{PAYMENTS}/engine/states.py",
        "    if amount_minor != attempt.amount_minor:\n",
        "    if False:\n",
        f"{LATE}::test_inv_12_m27_a_wrong_amount_never_pays",
        needs_database=True,
    ),
    fault(
        "captured without comparing the currency",
        f"{PAYMENTS}/engine/states.py",
        "    if currency != attempt.currency:\n",
        "    if False:\n",
        f"{LATE}::test_m12_a_wrong_currency_never_pays",
        needs_database=True,
    ),
    fault(
        "held without the locks of accounts",
        JOURNALS,
        "        SELECT a.id, a.balance_minor + w.change AS balance_minor\n"
        "        FROM unnest(CAST(:ids AS uuid[]), CAST(:changes AS bigint[])) AS w(id, change)\n"
        "        JOIN ledger_accounts a ON a.id = w.id\n"
        "        WHERE (SELECT is_open FROM gate)\n"
        "        ORDER BY a.id FOR NO KEY UPDATE OF a),\n",
        "        SELECT a.id, a.balance_minor + w.change AS balance_minor\n"
        "        FROM unnest(CAST(:ids AS uuid[]), CAST(:changes AS bigint[])) AS w(id, change)\n"
        "        JOIN ledger_accounts a ON a.id = w.id\n"
        "        WHERE (SELECT is_open FROM gate)\n"
        "        ORDER BY a.id),\n",
        "tests/integration/ledger/test_races.py::test_inv_2_the_last_money_is_spent_once",
        needs_database=True,
    ),
    fault(
        "held whatever there is",
        JOURNALS,
        "WHERE a.id = l.id AND l.balance_minor >= 0\n",
        "WHERE a.id = l.id\n",
        "tests/integration/ledger/test_post.py::test_inv_2_no_account_goes_below_zero",
        needs_database=True,
    ),
    fault(
        "money kept apart not returned",
        ATTEMPTS,
        "    SELECT :refund_id, receipt.id, :member_id, :amount_minor, 'pending', :channel,",
        "    SELECT :refund_id, receipt.id, :member_id, :amount_minor, 'cancelled', :channel,",
        f"{LATE}::test_inv_11_money_for_a_closed_plan_is_kept_apart_and_returned",
        needs_database=True,
    ),
    fault(
        "number of a refund changed when it is tried again",
        f"{PAYMENTS}/push.py",
        '        out_refund_no=part["out_refund_no"],\n'
        '        amount_minor=part["amount_minor"],\n',
        "        out_refund_no=f\"{part['out_refund_no']}-{part['queries']}\",\n"
        '        amount_minor=part["amount_minor"],\n',
        f"{TROUBLE}::test_a_refund_keeps_its_number_until_it_arrives",
        needs_database=True,
    ),
    fault(
        "a failed refund ordered again without asking",
        f"{PAYMENTS}/push.py",
        '        if part["queries"] > 1:\n',
        "        if False:\n",
        "tests/integration/payments/test_refund_trouble.py",
        TROUBLE,
        needs_database=True,
    ),
    Fault(
        "a closed plan revived by late money",
        (
            Edit(
                f"{PAYMENTS}/engine/states.py",
                "    if plan.state in UNPAID:\n        is_due",
                "    if plan.state not in PAID:\n        is_due",
            ),
            Edit(
                ATTEMPTS,
                "WHERE id = CAST(:plan_id AS uuid) AND state IN ('awaiting', 'closing')\n",
                "WHERE id = CAST(:plan_id AS uuid)\n",
            ),
        ),
        (f"{LATE}::test_inv_11_money_for_a_closed_plan_is_kept_apart_and_returned",),
        needs_database=True,
    ),
    fault(
        "a failure takes back a success",
        f"{PAYMENTS}/engine/states.py",
        "    return max(known, news, key=_RANK.__getitem__)\n",
        "    return news\n",
        "tests/unit/payments/test_states.py",
    ),
    fault(
        "a journal that does not balance",
        "app/services/ledger/engine.py",
        f"        if off := {TOTALS}:\n",
        "        if off := {}:\n",
        "tests/unit/ledger/test_engine.py",
    ),
    Fault(
        "a cent lost in the journal of a capture",
        (
            Edit(
                f"{PAYMENTS}/engine/journals.py",
                "        entries.append(Entry(prepaid(plan), -plan.payable_minor))\n",
                "        entries.append(Entry(prepaid(plan), -plan.payable_minor + 1))\n",
            ),
            Edit(
                "app/services/ledger/engine.py",
                f"        if off := {TOTALS}:\n",
                "        if off := {}:\n",
            ),
        ),
        ("tests/integration/payments/test_saga.py",),
        needs_database=True,
    ),
    fault(
        "a journal repeated with other contents believed",
        "app/services/ledger/post.py",
        "        await _check_repeats(repository, [row for key, row in rows.items() if key not in"
        " fresh])\n",
        "",
        "tests/integration/ledger/test_post.py::test_a_repeated_key_with_other_contents_is_an_alarm",
        needs_database=True,
    ),
    fault(
        "a refund takes more than its cells",
        f"{PAYMENTS}/engine/refunding.py",
        "        amount = there if wanted is None else min(wanted, there)\n",
        "        amount = there if wanted is None else wanted\n",
        "tests/property/test_attribution.py::test_more_than_is_left_is_refused",
    ),
    fault(
        "a refund counted twice",
        f"{PAYMENTS}/refund.py",
        "    if known is not None:\n        return known\n    found.require_refundable()\n",
        "    found.require_refundable()\n",
        "tests/integration/payments/test_refund_races.py::test_one_number_is_one_refund",
        "tests/integration/payments/test_refund_steps.py::test_a_number_names_one_refund",
        needs_database=True,
    ),
    fault(
        "more points clawed back than were earned",
        f"{PAYMENTS}/engine/restoring.py",
        "earned(max(0, before - now_minor), per_minor)",
        "earned(before - 2 * now_minor, per_minor)",
        "tests/unit/payments/test_restoring.py",
    ),
    fault(
        "a notice that was put aside silences the true one",
        f"{PAYMENTS}/notices.py",
        '        if stored is not None and is_done and stored["outcome"] not in PUT_ASIDE:\n',
        "        if stored is not None and is_done:\n",
        f"{LATE}::test_inv_11_late_money_is_found_behind_a_notice_that_was_put_aside",
        needs_database=True,
    ),
    fault(
        "closed without asking the gateway",
        f"{PAYMENTS}/close.py",
        "    if can_still_be_paid(plan.attempts):\n",
        "    if False:\n",
        f"{LATE}::test_an_unknown_close_keeps_the_holds_until_there_is_an_answer",
        needs_database=True,
    ),
    fault(
        "points of a closed order stay held",
        f"{PAYMENTS}/release.py",
        "    if plan.points:\n",
        "    if False:\n",
        "tests/integration/payments/test_saga.py::test_inv_5_a_closed_plan_gives_back_every_hold",
        needs_database=True,
    ),
    fault(
        "two refunds of an order share a journal (INV-8)",
        "app/services/payments/engine/journals_refund.py",
        'plan_journal(plan, f"gwrefund:{out_refund_no}", "refund_gateway", entries)',
        'plan_journal(plan, f"gwrefund:{plan.order_id}", "refund_gateway", entries)',
        "tests/integration/payments/test_refund_steps.py",
        "tests/integration/payments/test_refund_races.py",
        needs_database=True,
    ),
)
