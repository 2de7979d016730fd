"""Retries, signatures and what events say, without a database."""

import base64
from dataclasses import fields
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cli.openapi import events
from app.core.enums.webhooks import AttemptError
from app.repositories.reports.webhook_invariants import NAMED
from app.services.webhooks.engine.facts import (
    BY_SOURCE,
    FACTS,
    Trial,
    Whose,
    data_of,
    may_hear,
)
from app.services.webhooks.engine.retries import (
    ATTEMPTS,
    JITTER,
    WAITS,
    error_of,
    is_gone,
    wait_after,
)
from app.services.webhooks.engine.signing import headers, secret_text

HOUR = 3_600
PERSONAL = ("member", "email", "phone", "address", "recipient", "name")


def test_f22_it_is_tried_for_three_days() -> None:
    waits = [wait_after(each, 0) for each in range(1, ATTEMPTS + 1)]
    assert waits == [
        5,
        300,
        1_800,
        2 * HOUR,
        5 * HOUR,
        10 * HOUR,
        14 * HOUR,
        20 * HOUR,
        24 * HOUR,
        None,
    ]
    assert sum(WAITS) > 72 * HOUR


@given(st.integers(0, 40), st.floats(0, 1), st.floats(0, 1))
def test_waits_grow_and_are_drawn_a_little(attempts: int, draw: float, other: float) -> None:
    wait, again = wait_after(attempts, draw), wait_after(attempts, other)
    if wait is None or again is None:
        assert attempts >= ATTEMPTS
        return
    assert 5 <= wait <= 24 * HOUR * (1 + JITTER)
    assert (wait <= again) == (draw <= other) or wait == again
    assert all(before < after for before, after in pairwise(WAITS))


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (200, None),
        (204, None),
        (299, None),
        (301, AttemptError.REDIRECT),
        (304, AttemptError.REDIRECT),
        (400, AttemptError.REFUSED),
        (410, AttemptError.REFUSED),
        (500, AttemptError.REFUSED),
        (199, AttemptError.REFUSED),
    ],
)
def test_only_2xx_is_received(status: int, error: AttemptError | None) -> None:
    assert error_of(status) is error
    assert is_gone(status) is (status == 410)


def test_a_signature_is_that_of_standard_webhooks() -> None:
    """As the reference implementation signs the same."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    sent = headers([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert sent == {
        "content-type": "application/json",
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_while_a_secret_is_changed_there_are_two_signatures() -> None:
    old, new = secret_text(b"a" * 32), secret_text(b"b" * 32)
    both = headers([new, old], "1", 1, b"{}")["webhook-signature"].split(" ")
    alone = [headers([each], "1", 1, b"{}")["webhook-signature"] for each in (new, old)]
    assert both == alone
    assert len(base64.b64decode(new.removeprefix("whsec_"))) == 32


def test_every_fact_is_found_in_the_message_it_is_made_of() -> None:
    """And says nothing of who a shopper is."""
    sources = {each.name: each for each in events()}
    for fact in FACTS:
        if fact is Trial:
            continue
        given_names = {each.name for each in fields(sources[fact.source])}
        payload = dict.fromkeys(given_names, 1)
        data = data_of(fact, payload)
        assert list(data) == [each.name for each in fields(fact)]
        assert not [each for each in data if each.startswith(PERSONAL)]
        if fact.whose is Whose.NAMED:
            assert "merchant_id" in given_names
    assert len(BY_SOURCE) == len(FACTS)
    assert len({each.type for each in FACTS}) == len(FACTS)


def test_the_audit_looks_for_every_message_that_names_its_merchant() -> None:
    named = {each.source for each in FACTS if each.whose is Whose.NAMED and each is not Trial}
    assert set(NAMED) == named


def test_a_caller_hears_what_its_scopes_may_read() -> None:
    for scope in {each.scope for each in FACTS}:
        heard = may_hear(frozenset({scope}))
        assert heard == [each.type for each in FACTS if each.scope is scope]
    assert may_hear(frozenset()) == []
