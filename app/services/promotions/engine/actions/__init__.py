"""Actions by the `type` their configuration names; a new one is a class and a row here."""

from app.services.promotions.engine.actions.addon import AddOn
from app.services.promotions.engine.actions.amount_off import AmountOff
from app.services.promotions.engine.actions.base import (
    FAMILIES,
    Action,
    AmountAction,
    GiftAction,
    GroupAction,
    Kind,
    Present,
    Step,
    UnitAction,
)
from app.services.promotions.engine.actions.bundles import BundleAny, BundleFixed
from app.services.promotions.engine.actions.bxgy import BuyGet
from app.services.promotions.engine.actions.each import Each
from app.services.promotions.engine.actions.each_unit import (
    AmountOffUnit,
    FixedPrice,
    PercentOffUnit,
)
from app.services.promotions.engine.actions.gift import Gift
from app.services.promotions.engine.actions.ladder import Ladder
from app.services.promotions.engine.actions.nth import Nth
from app.services.promotions.engine.actions.percent_off import PercentOff
from app.services.promotions.engine.actions.shipping import ShipFree, ShipOff, ShipPercent
from app.services.promotions.engine.reading import Node

ACTIONS: dict[str, type[Action]] = {
    action.type: action
    for action in (
        PercentOffUnit,
        AmountOffUnit,
        FixedPrice,
        Nth,
        BuyGet,
        BundleAny,
        BundleFixed,
        AddOn,
        AmountOff,
        PercentOff,
        Each,
        Ladder,
        Gift,
        ShipFree,
        ShipOff,
        ShipPercent,
    )
}

__all__ = [
    "ACTIONS",
    "Action",
    "AmountAction",
    "GiftAction",
    "GroupAction",
    "Kind",
    "Present",
    "Step",
    "UnitAction",
    "read_action",
]


def read_action(node: Node, family: str) -> Action:
    """Read an action that a stage of `family` allows."""
    kind = ACTIONS[node.choice("type", ACTIONS)]
    if family not in FAMILIES[kind.kind]:
        raise node.fail("type", f"{kind.type} is not an action of stage {family}")
    action = kind.read(node)
    node.close()
    return action
