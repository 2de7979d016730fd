"""The more goods, the more off."""

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, NamedTuple, Self

from app.core.money import share_bps
from app.services.promotions.engine.actions.base import Kind, Step
from app.services.promotions.engine.reading import InvalidConfig, Node
from app.services.promotions.engine.reasons import Gap


class Tier(NamedTuple):
    """From `reach` (minor units or pieces) on: an amount off, or a share of the goods."""

    reach: int
    off_minor: int
    off_bps: int

    def take(self, base_minor: int) -> int:
        return min(self.off_minor, base_minor) or share_bps(base_minor, self.off_bps)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The highest tier reached applies, once.

    ```json
    {"type": "ladder", "by": "amount", "tiers": [{"min": 30000, "off_minor": 6000}, …]}
    {"type": "ladder", "by": "quantity", "tiers": [{"min": 3, "off_bps": 1000}, …]}
    ```

    `min` is in minor units (`by: amount`, the default) or pieces. All tiers take an amount or all
    take a share; `min` rises and what is taken never falls from tier to tier.
    """

    type: ClassVar[str] = "ladder"
    kind: ClassVar[Kind] = Kind.AMOUNT
    by: str
    tiers: tuple[Tier, ...]

    @classmethod
    def read(cls, node: Node) -> Self:
        by = node.choice("by", ("amount", "quantity"), "amount")
        tiers = tuple(map(_read_tier, node.children("tiers")))
        if not tiers:
            raise node.fail("tiers", "must have a tier")
        for i, (lower, upper) in enumerate(pairwise(tiers), start=1):
            _check_rising(lower, upper, f"{node.at('tiers')}/{i}")
        return cls(by, tiers)

    def off_minor(self, base_minor: int, quantity: int) -> int:
        tier = self._tier(base_minor, quantity)
        return tier.take(base_minor) if tier else 0

    def slope_bps(self, low_minor: int, high_minor: int, quantity: int) -> int | None:
        tier = self._tier(low_minor, quantity)
        if tier != self._tier(high_minor, quantity) or (tier and low_minor < tier.off_minor):
            return None
        return tier.off_bps if tier else 0

    def next_step(self, base_minor: int, quantity: int) -> Step | None:
        measured = base_minor if self.by == "amount" else quantity
        for tier in self.tiers:
            if tier.reach > measured:
                missing = tier.reach - measured
                if self.by == "amount":
                    return Step(Gap(missing_minor=missing), tier.take(tier.reach))
                return Step(Gap(missing_quantity=missing), tier.take(base_minor))
        return None

    def _tier(self, base_minor: int, quantity: int) -> Tier | None:
        measured = base_minor if self.by == "amount" else quantity
        return next((tier for tier in reversed(self.tiers) if measured >= tier.reach), None)


def _check_rising(lower: Tier, upper: Tier, pointer: str) -> None:
    if upper.reach <= lower.reach:
        raise InvalidConfig(f"{pointer}/min", "must be more than in the tier below")
    if bool(upper.off_bps) != bool(lower.off_bps):
        raise InvalidConfig(pointer, "must take an amount, or a share, as the other tiers do")
    if upper.off_minor < lower.off_minor or upper.off_bps < lower.off_bps:
        raise InvalidConfig(pointer, "must not take less off than the tier below")


def _read_tier(node: Node) -> Tier:
    reach = node.integer("min")
    off = node.integer_or_none("off_minor")
    rate = node.integer_or_none("off_bps", high=10_000)
    node.close()
    if (off is None) == (rate is None):
        raise node.fail("off_minor", "or off_bps is required, and not both")
    return Tier(reach, off or 0, rate or 0)
