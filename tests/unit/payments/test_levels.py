"""How much somebody may give back, or ask for, alone."""

from uuid import uuid4

import pytest

from app.core.actor import Actor, Audience
from app.core.enums.scopes import Scope
from app.services.payments import PaymentTerms

CLERK = Actor(Audience.ADMIN, uuid4(), scopes=frozenset({Scope.PAYMENTS_WRITE}))
LARGE = Actor(Audience.ADMIN, uuid4(), scopes=frozenset({Scope.PAYMENTS_LARGE}))


@pytest.mark.parametrize(
    ("minor", "large_minor", "most", "most_of_large"),
    [
        (100, 500, 100, 500),
        (100, 50, 100, 100),
        (100, None, 100, None),
        (None, 500, None, None),
    ],
)
def test_who_may_do_large_things_is_never_limited_to_less(minor, large_minor, most, most_of_large):
    terms = PaymentTerms(
        refund_alone_minor=minor,
        refund_large_alone_minor=large_minor,
        charge_alone_minor=minor,
        charge_large_alone_minor=large_minor,
    )
    assert (terms.gives_alone(CLERK), terms.gives_alone(LARGE)) == (most, most_of_large)
    assert (terms.asks_alone(CLERK), terms.asks_alone(LARGE)) == (most, most_of_large)
