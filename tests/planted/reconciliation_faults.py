"""Guards of reconciliation taken away: what makes it once, exact, and of two people."""

from tests.planted.fault import Fault, fault

MATCHING = "app/repositories/finance/matching.py"
CASES = "app/services/finance/cases.py"
IMPORT = "app/services/finance/reconcile.py"
TESTS = "tests/integration/payments/test_reconciliation.py"
PLANTED = f"{TESTS}::test_planted_differences_are_found_and_nothing_else"
CENT = f"{TESTS}::test_a_fen_is_never_mended_and_a_correction_needs_two"

RECONCILIATION_FAULTS: tuple[Fault, ...] = (
    fault(
        "totals of statements not compared",
        "app/services/finance/engine/statements/lines.py",
        "    if stated != found:\n        raise refused(f",
        "    if stated is None:\n        raise refused(f",
        "tests/unit/finance/test_statements.py",
        needs_database=True,
    ),
    fault(
        "statements of a channel taken in side by side",
        MATCHING,
        "SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))",
        "SELECT hashtextextended(:name, 0)",
        f"{TESTS}::test_two_workers_take_one_file_in_once",
        needs_database=True,
    ),
    fault(
        "another file of a day replaces nothing and is taken for the first",
        IMPORT,
        'if known is not None and known["sha256"] != sha256:',
        'if known is not None and known["sha256"] == "":',
        f"{TESTS}::test_another_file_of_a_day_is_refused",
        needs_database=True,
    ),
    fault(
        "amounts that differ by a cent match",
        MATCHING,
        "WHEN abs(f.ours_minor) <> f.amount_minor\n",
        "WHEN abs(abs(f.ours_minor) - f.amount_minor) > 1\n",
        PLANTED,
        needs_database=True,
    ),
    fault(
        "nothing is carried over the end of a day",
        MATCHING,
        "CASE WHEN at >= :cut THEN 'cutoff_pending' ELSE 'missing_gateway' END",
        "CASE WHEN at < :cut THEN 'missing_gateway' ELSE 'missing_gateway' END",
        PLANTED,
        needs_database=True,
    ),
    fault(
        "what was carried waits for ever",
        MATCHING,
        "WHERE channel = :channel AND state = 'carried' AND day < :day",
        "WHERE channel = :channel AND state = 'carried' AND day < :day AND false",
        f"{TESTS}::test_what_was_carried_is_met_the_next_day_or_missing",
        needs_database=True,
    ),
    fault(
        "who proposes a correction approves it",
        CASES,
        '    actor.require_other_than(row["proposed_by"])\n',
        "",
        CENT,
        needs_database=True,
    ),
    fault(
        "a cent is dismissed",
        CASES,
        '    if row["difference_minor"]:\n',
        '    if abs(row["difference_minor"]) > 1:\n',
        CENT,
        needs_database=True,
    ),
    fault(
        "a day is signed over open cases",
        CASES,
        '    if row["open"]:\n',
        '    if row["open"] < 0:\n',
        CENT,
        needs_database=True,
    ),
    fault(
        "a settlement leaves the fee out",
        "app/services/finance/engine/settlement.py",
        "(each.gross_minor - each.fee_minor, each.fee_minor, -each.gross_minor)",
        "(each.gross_minor, 0, -each.gross_minor)",
        PLANTED,
        needs_database=True,
    ),
)
