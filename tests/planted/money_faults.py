"""Faults on the path of money: what must never happen to a payment, a refund or a journal."""

from tests.planted.fault import Fault, fault

PAYMENTS = "app/services/payments"
JOURNALS = "app/repositories/ledger/journals.py"
LATE = "tests/integration/payments/test_late_money.py"
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
    fault(
        "a refund takes more than its cells",
        f"{PAYMENTS}/engine/refunding.py",
        "        amount = there if wanted is None else min(wanted, there)\n",
        "        amount = there if wanted is None else wanted\n",
        "tests/property/test_attribution.py::test_more_than_is_left_is_refused",
    ),
    fault(
        "more points clawed back than were earned",
        f"{PAYMENTS}/engine/restoring.py",
        "earned(max(0, before - now_minor), per_minor)",
        "earned(before - 2 * now_minor, per_minor)",
        "tests/unit/payments/test_restoring.py",
    ),
)
