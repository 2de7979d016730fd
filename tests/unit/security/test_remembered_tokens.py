"""A token that was found valid once is valid no longer and nowhere else than it says."""

import pytest
import time_machine

from app.core.actor import Audience, Unauthenticated
from app.core.ids import new_id
from app.core.security import tokens
from tests.unit.security.forging import NOW, SETTINGS

LIFE = SETTINGS.access_seconds


def token_of_now() -> str:
    return tokens.sign(SETTINGS, tokens.AccessClaims(Audience.STOREFRONT, new_id(), new_id()))


def test_it_expires() -> None:
    with time_machine.travel(NOW, tick=False) as moment:
        token = token_of_now()
        claims = tokens.read(SETTINGS, token)
        moment.shift(LIFE - 1)
        assert tokens.read(SETTINGS, token) == claims
        moment.shift(1 + tokens.LEEWAY_SECONDS)
        assert tokens.read(SETTINGS, token) == claims
        moment.shift(1)
        with pytest.raises(Unauthenticated):
            tokens.read(SETTINGS, token)


def test_other_settings_read_it_anew() -> None:
    with time_machine.travel(NOW, tick=False):
        token = token_of_now()
        tokens.read(SETTINGS, token)
        elsewhere = SETTINGS.model_copy(update={"issuer": "another"})
        with pytest.raises(Unauthenticated):
            tokens.read(elsewhere, token)


def test_what_was_remembered_is_dropped_before_it_fills_the_memory(monkeypatch) -> None:
    monkeypatch.setattr(tokens, "_MOST_VERIFIED", 2)
    with time_machine.travel(NOW, tick=False):
        made = [token_of_now() for _ in range(5)]
        assert len({tokens.read(SETTINGS, each).session_id for each in made * 2}) == len(made)
        assert len(tokens._VERIFIED) <= 2
