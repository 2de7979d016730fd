"""Guards of money members keep here, and of revenue, taken away: who waits, who looks twice."""

from tests.planted.fault import Edit, Fault, fault

PAYMENTS = "app/services/payments"
WITHDRAWALS = f"{PAYMENTS}/withdrawals.py"
TOP_UPS = "app/repositories/payments/top_ups.py"
OUT = "tests/integration/payments/test_withdrawals.py"
IN = "tests/integration/payments/test_top_ups.py"
BATCHES = "tests/integration/payments/test_card_batches.py"
RACES = "tests/integration/finance/test_races.py"

STORED_FAULTS: tuple[Fault, ...] = (
    Fault(
        "a withdrawal opens what it holds only after it waited (INV-22)",
        (
            Edit(
                "app/repositories/ledger/journals.py",
                "        await self._session.execute(_OPEN, values)\n",
                "",
            ),
            Edit("app/services/ledger/post.py", "found[each.id]", "found.get(each.id, 0)"),
        ),
        (f"{OUT}::test_inv_22_a_withdrawal_and_the_first_order_do_not_wait_for_each_other",),
        needs_database=True,
    ),
    fault(
        "own money is counted before its lock",
        "app/services/payments/wallets.py",
        "    found = await ledger.lock(session, [available, held])\n",
        "    found = await ledger.balances(session, [available, held])\n",
        f"{OUT}::test_who_waits_for_a_withdrawal_sees_it",
        needs_database=True,
    ),
    fault(
        "money that was given is paid out",
        WITHDRAWALS,
        "    if command.amount_minor > most:\n",
        "    if command.amount_minor > available:\n",
        f"{OUT}::test_given_money_is_not_paid_out",
        needs_database=True,
    ),
    fault(
        "who approved a withdrawal pays it out",
        WITHDRAWALS,
        "        actor.require_other_than(row.approved_by)\n",
        "        pass\n",
        f"{OUT}::test_a_withdrawal_over_http",
        needs_database=True,
    ),
    fault(
        "a withdrawal is paid and rejected at once",
        WITHDRAWALS,
        "WithdrawalRepository(session).get(withdrawal_id, lock=True)",
        "WithdrawalRepository(session).get(withdrawal_id)",
        f"{OUT}::test_a_withdrawal_is_paid_or_rejected",
        needs_database=True,
    ),
    fault(
        "a freeze does not wait for who is asking",
        "app/services/payments/wallets.py",
        "    await wallets.lock_all(member_id)  # whoever asks for money waits and sees it\n",
        "",
        f"{OUT}::test_who_waits_for_a_freeze_sees_it",
        needs_database=True,
    ),
    fault(
        "a notice waits for a top-up after its plan (INV-22)",
        f"{PAYMENTS}/top_up_owner.py",
        '        """Lock the top-up, which comes before its plan."""\n'
        "        await locked_top_up(session, order_id)\n",
        '        """Lock nothing."""\n',
        f"{IN}::test_inv_22_a_notice_waits_for_the_top_up_before_its_plan",
        needs_database=True,
    ),
    fault(
        "a package is had more often than it may be",
        TOP_UPS,
        "    WHERE u.used < coalesce(CAST(:most AS integer), 2147483647)\n",
        "",
        f"{IN}::test_a_package_for_one_at_once",
        needs_database=True,
    ),
    fault(
        "a top-up is refunded from gifts",
        f"{PAYMENTS}/engine/top_up_return.py",
        "        and amount_minor <= found.own_minor\n",
        "",
        f"{IN}::test_own_money_that_left_is_not_refunded_from_gifts",
        needs_database=True,
    ),
    fault(
        "a batch of cards is funded twice at once",
        f"{PAYMENTS}/card_batches.py",
        "CardBatchRepository(session).get(batch_id, lock=True)",
        "CardBatchRepository(session).get(batch_id)",
        f"{BATCHES}::test_who_waits_for_the_funding_of_a_batch_sees_it",
        needs_database=True,
    ),
    fault(
        "two workers make the same cards",
        "app/repositories/payments/card_batches.py",
        "            .with_for_update(skip_locked=True)\n",
        "",
        f"{BATCHES}::test_two_workers_make_and_activate_each_card_once",
        needs_database=True,
    ),
    fault(
        "revenue does not wait for the order",
        "app/services/finance/recognise.py",
        "    await owner.lock(session, command.order_id)\n",
        "",
        RACES,
        needs_database=True,
    ),
    fault(
        "an invoice does not wait for the order",
        "app/services/finance/invoices.py",
        "    found = await read_invoices(session, order_id, lock=True)\n    if live(found.part(",
        "    found = await read_invoices(session, order_id)\n    if live(found.part(",
        f"{RACES}::test_who_waits_for_an_invoice_sees_it",
        needs_database=True,
    ),
    fault(
        "a period is closed over an open one before it",
        "app/services/finance/periods.py",
        '        if row["is_open_before"]:\n',
        "        if False:\n",
        "tests/integration/finance/test_periods.py::test_periods_close_and_reopen_in_order",
        needs_database=True,
    ),
    fault(
        "a period is opened again under a closed one",
        "app/services/finance/periods.py",
        '    if row["is_shut_after"]:\n',
        "    if False:\n",
        "tests/integration/finance/test_periods.py::test_periods_close_and_reopen_in_order",
        needs_database=True,
    ),
    fault(
        "who kept a transfer apart sends it back",
        f"{PAYMENTS}/collect_settle.py",
        "    actor.require_other_than(row.settled_by)\n",
        "",
        "tests/integration/payments/test_by_hand.py",
        needs_database=True,
    ),
    fault(
        "a dispute takes more than its gateway took",
        f"{PAYMENTS}/disputes.py",
        "    if command.amount_minor > left:\n",
        "    if False:\n",
        "tests/integration/payments/test_refund_trouble.py",
        needs_database=True,
    ),
)
