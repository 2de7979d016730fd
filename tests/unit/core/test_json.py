"""Ids and instants are written in one way, whatever they are and whatever stands beside them."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

import pytest

from app.core.ids import id_of, named_id, new_id
from app.core.json import dump

TEXT = "019ab1de-7c00-7000-8000-000000000001"
AT = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("made", [UUID(TEXT), id_of(TEXT)])
@pytest.mark.parametrize("beside", [{}, {"share": Decimal("0.5")}])
def test_ids_and_instants(made, beside) -> None:
    """A decimal takes it the way of pydantic."""
    more = ',"share":"0.5"' if beside else ""
    said = dump({"id": made, "at": AT, **beside})
    assert said == f'{{"id":"{TEXT}","at":"2100-01-01T00:00:00Z"{more}}}'


def test_ids_of_the_driver_equal_those_of_the_library() -> None:
    for made in (new_id(), named_id("account", "CNY"), id_of(TEXT)):
        other = UUID(str(made))
        assert (made, hash(made), str(made)) == (other, hash(other), str(other))
        assert isinstance(made, UUID)
        assert {made: 1}[other] == 1
    assert new_id().version == 7


def test_names_keep_their_ids() -> None:
    """Rows are found by them: another id for a name would be another account."""
    assert named_id("account", "CNY", "balance:é:held") == uuid5(
        NAMESPACE_URL, "stoa:account:CNY:balance:é:held"
    )
    assert str(named_id("account", "CNY")) == "95698d8f-4a89-5248-85c3-fedb62f22fc1"


def test_what_is_no_id_is_refused() -> None:
    with pytest.raises(ValueError, match="UUID"):
        id_of("seven")
