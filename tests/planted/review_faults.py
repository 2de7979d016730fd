"""Guards of what people have to look at removed."""

from tests.planted.fault import Fault, fault

PAYMENTS = "app/services/payments"
QUEUE = "app/repositories/payments/reviews.py"
TESTS = "tests/integration/payments/test_reviews.py"

REVIEW_FAULTS: tuple[Fault, ...] = (
    fault(
        "a matter is closed by a word while its money is under way",
        f"{PAYMENTS}/reviews.py",
        "    if not known.is_settled:\n",
        "    if known.is_settled and not known.is_settled:\n",
        f"{TESTS}::test_inv_12_money_that_does_not_match_goes_back_when_asked[1]",
        needs_database=True,
    ),
    fault(
        "a payment leaves review with the first of its matters",
        QUEUE,
        "o.plan_id = p.id AND o.state = 'open' AND o.id <> closed.id",
        "o.plan_id = p.id AND o.state = 'open' AND o.id = p.id",
        f"{TESTS}::test_every_matter_of_a_plan_is_kept",
        needs_database=True,
    ),
    fault(
        "a matter like one that is open is told again",
        "app/repositories/payments/plans.py",
        "CAST(:reference AS text), CAST(:amount_minor",
        "CAST(:review_id AS text), CAST(:amount_minor",
        f"{TESTS}::test_a_failed_refund_names_its_part_until_it_has_arrived",
        needs_database=True,
    ),
    fault(
        "nobody is told of an account that is gone",
        f"{PAYMENTS}/janitor.py",
        "        except UnknownChannel:\n",
        "        except ZeroDivisionError:\n",
        f"{TESTS}::test_an_account_that_is_gone_is_shown_to_people",
        needs_database=True,
    ),
    fault(
        "two people hand on the same version of a matter",
        QUEUE,
        "WHERE id = :id AND state = 'open' AND version = :version RETURNING id",
        "WHERE id = :id AND state = 'open' AND :version > 0 RETURNING id",
        f"{TESTS}::test_a_matter_is_handed_to_somebody",
        needs_database=True,
    ),
)
