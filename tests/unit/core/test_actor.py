"""Callers and what keeps them from agreeing with themselves."""

from http import HTTPStatus

import pytest

from app.core.actor import Actor, Audience, SecondPersonNeeded
from app.core.ids import new_id

ANNA = Actor(Audience.ADMIN, new_id())
BEN = Actor(Audience.ADMIN, new_id())


def test_who_had_a_part_in_it_does_not_approve_it():
    for named in ([ANNA.principal], [BEN.principal, ANNA.principal], [None, ANNA.principal]):
        with pytest.raises(SecondPersonNeeded) as refused:
            ANNA.require_other_than(*named)
        assert refused.value.status is HTTPStatus.FORBIDDEN


def test_anybody_else_approves_it_and_anybody_what_nobody_asked_for():
    ANNA.require_other_than(BEN.principal)
    ANNA.require_other_than(None)
    ANNA.require_other_than()


def test_the_same_number_of_another_realm_is_somebody_else():
    Actor(Audience.STOREFRONT, ANNA.id).require_other_than(ANNA.principal)
