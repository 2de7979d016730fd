"""Who pays for what a promotion takes off. Pure."""

from collections.abc import Mapping
from typing import Final

from app.core.money import allocate

MERCHANT: Final = "merchant"
FUNDERS: Final = (MERCHANT, "platform", "supplier")
WHOLE_BPS: Final = 10_000


def shares_of(amount_minor: int, funding: Mapping[str, int]) -> dict[str, int]:
    """Who pays how much of what a promotion took off; the cents add up.

    `funding` holds `<funder>_bps`, 10000 in all; without any the merchant pays. Largest remainder
    (pricing specification 2.6), spare units to the larger share, then in the order of `FUNDERS`.
    """
    weights = [funding.get(f"{each}_bps", 0) for each in FUNDERS]
    if sum(weights) != WHOLE_BPS:
        weights = [WHOLE_BPS, 0, 0]
    parts = allocate(amount_minor, weights, [amount_minor] * len(FUNDERS), range(len(FUNDERS)))
    return dict(zip(FUNDERS, parts, strict=True))
