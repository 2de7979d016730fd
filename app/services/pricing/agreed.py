"""Prices people agreed on, in the place of what the lists say: by contract, or for nothing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from app.services.pricing.engine import AGREED, BLOCK_ALL, Line, PriceOption
from app.services.pricing.errors import BelowFloor


class AgreedPrice(NamedTuple):
    """What one piece costs, taxed as list prices are, why, and who or what says so.

    Unless it `may_undercut`, it is not below the floor of the goods. It may be above their list
    price. `source` names the person as actors are recorded, the contract, or the order elsewhere;
    `approver` is who agreed to it beside that person.
    """

    price_minor: int
    reason: str
    source: str
    may_undercut: bool = False
    approver: str | None = None


def priced_as_agreed(
    lines: Mapping[str, Line], agreed: Mapping[str, AgreedPrice]
) -> dict[str, Line]:
    """The lines in their order, those with an agreed price at that and nothing else.

    No promotion touches them. Raises `BelowFloor` naming every line that may not cost so little.
    """
    asking = {line_id: agreed[line_id] for line_id in lines if line_id in agreed}
    below = [
        {
            "line_id": line_id,
            "sku_id": lines[line_id].sku_id,
            "price_minor": each.price_minor,
            "floor_minor": lines[line_id].floor_minor,
        }
        for line_id, each in asking.items()
        if not each.may_undercut and each.price_minor < lines[line_id].floor_minor
    ]
    if below:
        raise BelowFloor("Some goods may not cost so little", lines=below)
    return {
        line_id: replace(line, prices=(), asked=_price(asking[line_id]))
        if line_id in asking
        else line
        for line_id, line in lines.items()
    }


def _price(agreed: AgreedPrice) -> PriceOption:
    return PriceOption(kind=AGREED, price_minor=agreed.price_minor, blocks=BLOCK_ALL)
