"""What promotions do to a cart."""

from typing import NamedTuple

from app.services.promotions.engine.actions import Present


class Taking(NamedTuple):
    """A discount of a stage: `amount_minor` off the units in `mask`, `raw_minor` before floors.

    In an item stage the mask also holds the units that qualify for it.
    """

    candidate: int
    mask: int
    amount_minor: int
    raw_minor: int


class Given(NamedTuple):
    """Goods for nothing; `list_minor` is what all the pieces would cost."""

    candidate: int
    present: Present
    list_minor: int
