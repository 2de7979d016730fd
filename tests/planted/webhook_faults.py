"""Guards of webhooks removed."""

from tests.planted.fault import Fault, fault

ATTEMPTS = "app/repositories/webhooks/attempts.py"
EGRESS = "app/adapters/egress.py"
ENDPOINTS = "app/services/webhooks/endpoints.py"
TESTS = "tests/integration/webhooks"
CONNECTING = f"{TESTS}/test_connecting.py"
DELIVERING = f"{TESTS}/test_delivering.py"
RACES = f"{TESTS}/test_races.py"

WEBHOOK_FAULTS: tuple[Fault, ...] = (
    fault(
        "a name that points inside is connected to",
        EGRESS,
        "if not all(self._egress.reaches(each) for each in found):",
        "if False:",
        f"{CONNECTING}::test_d21_a_name_that_points_inside_is_not_connected_to",
        needs_database=True,
    ),
    fault(
        "one address outside is enough",
        EGRESS,
        "not all(self._egress.reaches(each)",
        "not any(self._egress.reaches(each)",
        f"{CONNECTING}::test_d21_a_name_that_points_inside_is_not_connected_to",
        needs_database=True,
    ),
    fault(
        "the name is resolved again by who connects",
        EGRESS,
        'f"{target.scheme}://{host}:{target.port}{target.path}"',
        'f"{target.scheme}://{target.authority}{target.path}"',
        f"{CONNECTING}::test_d21_the_checked_address_is_connected_to_under_the_name",
        needs_database=True,
    ),
    fault(
        "the next event of a thing overtakes",
        ATTEMPTS,
        "AND earlier.ordering_key = d.ordering_key AND earlier.position < d.position)",
        "AND false)",
        f"{DELIVERING}::test_of_one_key_the_next_waits_for_the_one_before",
        needs_database=True,
    ),
    fault(
        "workers choose from one endpoint at once",
        ATTEMPTS,
        "ORDER BY w.id FOR NO KEY UPDATE OF w SKIP LOCKED",
        "ORDER BY w.id",
        f"{RACES}::test_a_worker_counts_what_another_is_about_to_take",
        needs_database=True,
    ),
    fault(
        "a late failure counts for a later attempt",
        ATTEMPTS,
        "AND state = 'pending' AND attempts = CAST(:attempts AS int)",
        "AND state = 'pending' AND CAST(:attempts AS int) > 0",
        f"{RACES}::test_a_late_failure_does_not_undo_what_another_attempt_reached",
        needs_database=True,
    ),
    fault(
        "who answers gone is asked on",
        "app/services/webhooks/engine/retries.py",
        "return status == HTTPStatus.GONE",
        "return False",
        f"{DELIVERING}::test_f22_who_answers_gone_is_not_asked_again",
        needs_database=True,
    ),
    fault(
        "another merchant's webhook is changed",
        ENDPOINTS,
        "get(endpoint_id, actor.merchant_id, lock=True)",
        "get(endpoint_id, None, lock=True)",
        f"{TESTS}/test_api.py::test_a5_the_webhooks_of_another_merchant_are_not_there",
        needs_database=True,
    ),
    fault(
        "a key hears what it may not read",
        ENDPOINTS,
        "    actor.require(*{BY_TYPE[each].scope for each in event_types})\n",
        "    assert BY_TYPE\n",
        f"{TESTS}/test_api.py::test_nobody_hears_what_its_key_may_not_read",
        needs_database=True,
    ),
)
