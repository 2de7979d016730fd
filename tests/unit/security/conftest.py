"""A clock that stands still."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.unit.security.forging import NOW


@pytest.fixture
def clock() -> Iterator[None]:
    """The tokens were made now, however long the tests before these take."""
    with time_machine.travel(NOW, tick=False):
        yield
