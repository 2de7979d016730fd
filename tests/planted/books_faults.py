"""Guards of the books removed: horizons, marks, keys and triggers."""

from tests.planted.fault import Fault, fault

LEDGER = "tests/integration/ledger"
FINANCE = "tests/integration/finance"
TIME = "migrations/versions/20261126_0010_give_entries_their_time.py"
PERIODS = "migrations/versions/20261126_0040_create_accounting_periods.py"

BOOKS_FAULTS: tuple[Fault, ...] = (
    fault(
        "turnovers take what is still being written",
        "app/repositories/ledger/turnovers.py",
        "          AND j.position < ledger_horizon()\n        ORDER BY j.position, j.id LIMIT",
        "        ORDER BY j.position, j.id LIMIT",
        f"{LEDGER}/test_balances_over_time.py::test_what_is_being_written_is_left_for_later",
        needs_database=True,
    ),
    fault(
        "a mark read without a lock",
        "app/repositories/ledger/marks.py",
        " WHERE name = :name FOR NO KEY UPDATE",
        " WHERE name = :name",
        f"{LEDGER}/test_balances_over_time.py::test_two_that_roll_at_once_count_nothing_twice",
        needs_database=True,
    ),
    fault(
        "seals take what is still being written",
        "app/repositories/ledger/seals.py",
        "          AND j.position < ledger_horizon()\n",
        "",
        f"{LEDGER}/test_seals.py",
        needs_database=True,
    ),
    fault(
        "seals go on where positions went back",
        "app/services/ledger/seal.py",
        "    if lag := await marks.lag():\n        raise",
        "    if (lag := await marks.lag()) < 0:\n        raise",
        f"{LEDGER}/test_seals.py::test_books_moved_to_another_server_go_on",
        needs_database=True,
    ),
    fault(
        "entries added to a journal of another transaction",
        TIME,
        " OR j.position <> ledger_position()",
        "",
        f"{LEDGER}/test_balances_over_time.py::test_nothing_is_added_to_a_journal_that_is_complete",
        needs_database=True,
    ),
    fault(
        "entries count at another time than their journal",
        TIME,
        "j.effective_at <> e.effective_at OR ",
        "",
        f"{LEDGER}/test_balances_over_time.py::test_entries_count_when_their_journal_does",
        needs_database=True,
    ),
    fault(
        "a period is closed without waiting for who is posting",
        "app/repositories/finance/periods.py",
        "      AND closing_after <= pg_snapshot_xmin(pg_current_snapshot())::text::bigint\n",
        "",
        f"{FINANCE}/test_periods.py::test_whoever_posts_while_it_is_closed_is_waited_for",
        needs_database=True,
    ),
    fault(
        "units that came back become revenue",
        "app/services/finance/engine/recognition.py",
        "if (line_id, i) not in gone]",
        "if True]",
        f"{FINANCE}/test_recognise.py",
        needs_database=True,
    ),
    fault(
        "gifts after those that came back are taken off the costs too",
        "app/repositories/finance/recognitions.py",
        "        AND e.unit_index < u.first_index + u.quantity\n    ORDER BY 1, 2",
        "    ORDER BY 1, 2",
        f"{FINANCE}/test_gifts.py",
        needs_database=True,
    ),
    fault(
        "gifts are booked at what they cost when they leave",
        "app/services/orders/freeze.py",
        '        "unit_cost_minor": sku.cost_minor,\n',
        '        "unit_cost_minor": None,\n',
        f"{FINANCE}/test_gifts.py",
        needs_database=True,
    ),
    fault(
        "a budget is exceeded when it is spent to the cent",
        "app/repositories/finance/budgets.py",
        '_EXCEEDED = "s.spent_minor > b.amount_minor"',
        '_EXCEEDED = "s.spent_minor >= b.amount_minor"',
        f"{FINANCE}/test_budgets.py",
        needs_database=True,
    ),
    fault(
        "a budget counts what other centres spend",
        "app/repositories/finance/budgets.py",
        "WHERE x.centre = b.centre AND x.booked_at >=",
        "WHERE x.booked_at >=",
        f"{FINANCE}/test_budgets.py",
        needs_database=True,
    ),
    fault(
        "an expired lot is booked by two jobs",
        "app/repositories/payments/breakage.py",
        "        ORDER BY expires_at LIMIT :limit FOR NO KEY UPDATE SKIP LOCKED),",
        "        ORDER BY expires_at LIMIT :limit),",
        "tests/integration/payments/test_breakage.py",
        needs_database=True,
    ),
    fault(
        "an export has what is still being written",
        "app/repositories/finance/exports.py",
        "      AND j.position < :below_position\n",
        "",
        f"{FINANCE}/test_exports.py",
        needs_database=True,
    ),
    fault(
        "a target gets journals again",
        "app/repositories/finance/exports.py",
        "        WHERE x.target = CAST(:target AS text) AND x.number < CAST(:number AS integer)\n",
        "        WHERE x.target <> CAST(:target AS text) AND x.number < CAST(:number AS integer)\n",
        f"{FINANCE}/test_exports.py",
        needs_database=True,
    ),
    fault(
        "an export leaves out what was posted after one that had its time",
        "app/repositories/finance/exports.py",
        "          AND x.below_position > j.position)\n",
        "          )\n",
        f"{FINANCE}/test_exports.py",
        needs_database=True,
    ),
)
