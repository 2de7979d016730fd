"""Stages a price goes through after the price stage (pricing specification 2.2)."""

import re
from collections.abc import Sequence

DEFAULT_STAGES = ("item", "order", "coupon", "shipping")
"""Stages after the price stage, in the order they apply."""

MOST_STAGES = 12

_NAME = re.compile(rf"({'|'.join(DEFAULT_STAGES)})(_[a-z0-9]+)*")
_MOST_LETTERS = 32


def family(stage: str) -> str:
    """Return what kind of stage this is: `coupon` for `coupon`, `coupon_shop` and the like."""
    return stage.partition("_")[0]


def is_stage(name: str) -> bool:
    """Whether a shop may have a stage of this name: a family, then words of its own."""
    return len(name) <= _MOST_LETTERS and _NAME.fullmatch(name) is not None


def stages_fault(stages: Sequence[str]) -> str | None:
    """Return what is wrong with the stages of a shop, None when nothing is.

    Those of a family stand together, and the families in the order of `DEFAULT_STAGES`: coupons
    apply to what orders cost, and the fee comes last, wherever stages are inserted.
    """
    if unknown := [each for each in stages if not is_stage(each)]:
        return f"{unknown[0]} is no stage: start with one of {', '.join(DEFAULT_STAGES)}"
    if len(set(stages)) != len(stages):
        return "A stage is named twice"
    if not 1 <= len(stages) <= MOST_STAGES:
        return f"There are from one to {MOST_STAGES} stages"
    places = [DEFAULT_STAGES.index(family(each)) for each in stages]
    if places != sorted(places):
        return f"Stages come in the order {', '.join(DEFAULT_STAGES)}"
    return None
